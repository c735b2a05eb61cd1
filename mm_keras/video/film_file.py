"""Film files of many formats, decoded by PyAV."""

import errno
import os
from bisect import bisect_left, bisect_right

import numpy as np

from mm_keras.utils.extras import INSTALL
from mm_keras.utils.image_files import UnsupportedImage, check_num_pixels, is_machine_error

# What files begin with: (position, bytes, FFmpeg's name of the format). Other formats that FFmpeg
# knows are not decoded: some of them read other files.
SIGNATURES = (
    *((4, box, "mp4") for box in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")),
    (8, b"AVI ", "avi"),
    (0, b"\0\0\1\xba", "mpeg"),
    (0, b"\0\0\1\xb3", "mpegvideo"),
    (188, b"G", "mpegts"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"FLV", "flv"),
    (0, b"0&\xb2u", "asf"),
)
COVER_IMAGE = 0x400  # FFmpeg's flag of tracks that hold a single image, such as an album cover
MIN_SKIP = 50  # number of frames from which on seeking is faster than decoding


def film_frames(path, num_frames):
    """Yield frames of a film file as arrays, uint8 (rows, cols, 3), upright, one at a time."""
    with open(path, "rb") as file:
        start = file.read(189)
    formats = [name for at, begin, name in SIGNATURES if start.startswith(begin, at)]
    if not formats:
        raise UnsupportedImage("not a film in a supported format (GIF, MP4, AVI, MPG, WebM ...)")
    try:
        import av
    except ImportError:
        raise UnsupportedImage(
            f"MP4, AVI, MPG, MKV and WebM files need PyAV: {INSTALL['video']}"
        ) from None
    # An absolute path, because FFmpeg takes "a:b.mp4" for an address.
    options = {"file": os.path.abspath(path), "format": formats[0]}
    try:
        with av.open(**options) as film:
            times, key_frames = _times(film)
        positions = timed_frame_index(times, num_frames)
        with av.open(**options) as film:
            yield from _frames_at(positions, film, times, key_frames)
    except av.error.FFmpegError as error:
        if is_machine_error(error) and error.errno != errno.EIO:  # the answer to some damaged files
            raise
        raise UnsupportedImage(f"damaged: {error.strerror}") from error


def frame_index(length, num_frames):
    """The positions of `num_frames` frames, evenly spaced from the first to the last of a film."""
    return np.linspace(0, length - 1, num_frames).round().astype(int)


def timed_frame_index(times, num_frames):
    """The positions of the frames that are seen at evenly spaced times, first and last included.

    Example:
        >>> timed_frame_index([0, 1, 2, 3, 40], 3).tolist()
        [0, 3, 4]
    """
    durations = np.diff(times)
    usual = np.median(durations) if len(durations) else 0
    if not len(durations) or np.ptp(durations) <= 0.1 * usual:
        return frame_index(len(times), num_frames)
    evenly = np.linspace(times[0], times[-1], num_frames) + usual / 2
    return np.searchsorted(times, evenly, side="right") - 1


def _picture_track(film):
    tracks = [track for track in film.streams.video if not track.disposition.value & COVER_IMAGE]
    if not tracks:
        raise UnsupportedImage("no picture track")
    check_num_pixels(tracks[0].codec_context)
    return tracks[0]


def _times(film):
    """The times of all frames, and the positions of the key frames, without decoding them.

    MPG files have too few time stamps: they are read from the start, and their frames counted.
    """
    track = _picture_track(film)
    packets = [
        (_time(packet), packet.is_keyframe)
        for packet in film.demux(track)
        if packet.size and not packet.is_discard
    ]
    if not packets:
        raise UnsupportedImage("no frames")
    if len(packets) < 0.9 * track.frames - 1:
        raise UnsupportedImage(f"truncated: {len(packets)} of {track.frames} frames")
    if film.format.name in ("mpeg", "mpegvideo") or len(dict(packets)) < len(packets):
        return range(len(packets)), None
    packets.sort()
    return [time for time, _ in packets], [i for i, (_, is_key) in enumerate(packets) if is_key]


def _frames_at(positions, film, times, key_frames):
    """Decode the frames at these positions, and before each of them those since its key frame."""
    track = _picture_track(film)

    def decode_from(time=None):
        """Yield (position, frame), from the last key frame before this time, or from the start."""
        if time is not None:
            film.seek(time, stream=track)
        for count, frame in enumerate(film.decode(track)):
            yield count if key_frames is None else bisect_left(times, _time(frame)), frame

    decoder = decode_from()
    last, frame = next(decoder, (-1, None))
    for position in positions:
        if key_frames and key_frames[bisect_right(key_frames, position) - 1] - last > MIN_SKIP:
            decoder = decode_from(times[position])
            last, frame = next(decoder, (-1, None))
            if not 0 <= last <= position:  # the format cannot seek exactly
                decoder = decode_from(times[0])
                last, frame = next(decoder, (-1, None))
        while last < position:
            following = next(decoder, None)
            if following is None:
                break
            last, frame = following
        if last < 0.9 * position:
            raise UnsupportedImage(f"truncated: {last + 1} of {len(times)} frames can be decoded")
        check_num_pixels(frame)
        yield np.rot90(frame.to_ndarray(format="rgb24"), frame.rotation // 90)


def _time(part):
    return part.dts if part.pts is None else part.pts

"""The newsroom with Chinese reports: images, labels and best possible accuracies stay the same."""

import numpy as np

import lesson_checks  # noqa: F401  (finds mm_keras where it is not installed)
from mm_keras.datasets import MultimodalData, make_newsroom

# From frequent to rare. No pair of characters occurs in the phrases of two topics or in the
# sentences, so that one phrase determines the topic.
PHRASES = {
    "weather": "暴雨预警 连日大雾 台风登陆 持续高温 强冷空气 雷雨大风 特大降雪 沙尘天气",
    "sports": "足球决赛 点球大战 篮球联赛 马拉松赛 网球公开赛 接力夺冠 游泳锦标赛 乒乓球对决",
    "finance": "股市大跌 银行降息 物价上涨 企业并购 基金发行 债券拍卖 汇率波动 利润下滑",
    "politics": "大选投票 议会表决 内阁改组 外长会晤 联合组阁 部长讲话 税制改革 边界谈判",
    "science": "基因研究 望远镜观测 彗星回归 化石出土 粒子对撞 量子实验 火星探测 机器人试验",
    "culture": "话剧首演 博物馆新展 电影节开幕 交响音乐会 油画展览 诗歌朗诵 舞剧巡演 小说签售",
    "neutral": "社区通知 本地新闻 日常琐事 街头见闻 普通话题 近期动态 邻里小事 例行公告",
}
CLASSES = {
    "weather": "天气",
    "sports": "体育",
    "finance": "财经",
    "politics": "时政",
    "science": "科学",
    "culture": "文化",
}
SLOTS = {
    "place": "沿海地区 老城区 北部山区 港口一带 河谷地区 首都 边境小镇 东城 湖区 南部丘陵".split(),
    "people": "附近居民 几位记者 街坊邻居 两位专家 不少读者 几位老师 一些年轻人 路过的游客".split(),
    "time": "周一 周五 今天早上 昨天深夜 周末 前天 中午前后 傍晚".split(),
}
# A report is a headline, a sentence and an addition.
PATTERNS = (
    (
        "{place}：{phrase}引发关注。",
        "{phrase}成为{place}的焦点。",
        "{place}的人们热议{phrase}。",
        "来自{place}的报道：{phrase}。",
        "{place}传来消息：{phrase}。",
    ),
    (
        "{time}，{people}得知了{phrase}的消息。",
        "{people}说，{phrase}有些出人意料。",
        "据初步了解，{phrase}打乱了不少人的安排。",
        "{time}，{people}还在谈论{phrase}。",
        "{people}想知道，{phrase}之后会怎样。",
        "“上次的{phrase}我们还记得，”{people}说。",
    ),
    (
        "此外，{people}也提到了{phrase}。",
        "{phrase}的详情请看第二版。",
        "就在几周前，{place}也有过{phrase}。",
        "至于{phrase}，{people}希望早日有更多消息。",
        "除{phrase}之外，{place}一切如常。",
    ),
)


def make_chinese_newsroom(num_samples=1200, seed=0, size=64):
    """`make_newsroom` with Chinese texts and class names; the same seed gives the same data.

    Each report names two phrases of its topic (a phrase of rank r with probability ~ 1 / r).

    >>> data = make_chinese_newsroom(12, size=32)
    >>> data["text"][1].split("。")[0]
    '望远镜观测成为湖区的焦点'
    """
    data = make_newsroom(num_samples, seed=seed, size=size)
    rng = np.random.default_rng(seed)
    return MultimodalData(
        samples={
            "text": [_report(topic, rng) for topic in data.columns["text_topic"]],
            "image": data["image"],
        },
        labels=data.labels,
        class_names=[CLASSES[name] for name in data.class_names],
        columns=data.columns,
        ids=data.ids,
        info=data.info,
    )


def _report(topic, rng):
    phrases = PHRASES[topic].split()
    zipf = 1 / np.arange(1, len(phrases) + 1)
    first, second = rng.choice(phrases, size=2, replace=False, p=zipf / zipf.sum())
    return "".join(
        str(rng.choice(patterns)).format(
            phrase=phrase, **{name: rng.choice(words) for name, words in SLOTS.items()}
        )
        for patterns, phrase in zip(PATTERNS, (first, first, second))
    )

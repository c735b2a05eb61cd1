from .loading import get_untrusted_types as get_untrusted_types

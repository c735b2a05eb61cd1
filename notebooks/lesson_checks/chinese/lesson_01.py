"""Checks for the exercises of lesson 01 in Chinese: the English ones, translated."""

from lesson_checks import lesson_01 as english
from lesson_checks.chinese import in_chinese

SENTENCES = {
    # check_flatten
    "A whole number is needed. Received: {}.": "需要一个整数。收到的是：{}。",
    "Those are the pixels. Convolutions and pooling come before Flatten.": (
        "这是像素的个数。在 Flatten 之前还有卷积和池化。"
    ),
    "A 3 x 3 window does not fit at the border: each convolution makes the image smaller.": (
        "3 x 3 的窗口在图像边缘放不下：每次卷积都会让图像小一圈。"
    ),
    "That is the share of one filter. How many filters does the second convolution have?": (
        "这只是一个卷积核的输出。第二个卷积层有多少个卷积核？"
    ),
    "MaxPooling2D keeps one value of each 2 x 2: rows and columns are both halved.": (
        "MaxPooling2D 在每 2 x 2 个值里只保留一个：行数和列数都要减半。"
    ),
    "Follow rows and columns through two convolutions and the pooling; "
    "then multiply by the number of filters.": (
        "看看行数和列数经过两次卷积和一次池化后各是多少，再乘以卷积核的个数。"
    ),
    "Dense(128) has 128 weights for each value: most parameters are there.": (
        "对其中每个值，Dense(128) 都有 128 个权重：大部分参数都在那里。"
    ),
    # check_settings
    'A dict such as {"operator": ..., "project": ...} is needed. Received: {}.': (
        '需要一个字典，例如 {{"operator": ..., "project": ...}}。收到的是：{}。'
    ),
    "There is no setting {}. Did you mean {}?": "没有名为 {} 的设置。是不是想写 {}？",
    "There is no setting {}. Use 'operator' and 'project'.": (
        "没有名为 {} 的设置。请用 'operator' 和 'project'。"
    ),
    "project={} is a str. Write the number without quotes.": (
        "project={} 是字符串。数字不要加引号。"
    ),
    "The text is still concatenated with the image: {} channels. Which operator multiplies?": (
        "文本仍然是拼接到图像上的：有 {} 个通道。哪一种运算是相乘？"
    ),
    "{} channels, but the text is still concatenated with the image. Which operator multiplies?": (
        "通道数是 {}，但文本仍然是拼接到图像上的。哪一种运算是相乘？"
    ),
    "The operator {} does something else. Which one multiplies element by element?": (
        "运算 {} 做的是别的事。哪一种运算是逐元素相乘？"
    ),
    "The text multiplies the image, but {} channels enter the network. "
    "Which setting is the common width?": (
        "文本已经与图像相乘，但进入网络的有 {} 个通道。哪一项设置是两者共同的维数？"
    ),
    "Both are projected to {} channels; in every cell they are multiplied, and added.": (
        "两者都投影到 {} 个通道；在每个单元格里，它们既相乘，也相加。"
    ),
    # check_stuck
    "The same features reach over 85% with another learning rate.": (
        "同样的特征，换一个学习率，准确率就超过 85%。"
    ),
    "A network of the same size reached over 85% with another learning rate.": (
        "同样大小的网络，换一个学习率，准确率就超过了 85%。"
    ),
    "Then the accuracy on the training samples would be high.": (
        "如果是这样，训练样本上的准确率应当很高。"
    ),
    "Before you judge features or network, check whether the training loss falls at all.": (
        "在评判特征或网络之前，先看看训练损失到底有没有下降。"
    ),
    # check_product
    "An array of shape {} is needed, the same as both inputs. Received: something else.": (
        "需要一个形状为 {} 的数组，与两个输入相同。收到的不是这样的数组。"
    ),
    "An array of shape {} is needed, the same as both inputs. Received: {}.": (
        "需要一个形状为 {} 的数组，与两个输入相同。收到的形状是：{}。"
    ),
    "That is the mean: a class that one modality rules out still gets a share.": (
        "这是平均：一个模态已经排除的类别，仍然会分到一些概率。"
    ),
    "All rows together sum to 1, not each of them. Along which axis do you add?": (
        "是所有行合起来的和为 1，而不是每一行的和为 1。应当沿哪个轴求和？"
    ),
    "The rows do not sum to 1. By what must each row be divided?": (
        "各行的和不是 1。每一行应当除以什么？"
    ),
    "The rows sum to 1, but they are not the product of both divided by its sum.": (
        "各行的和是 1，但它们不是两者之积除以该行的和。"
    ),
    "Where one modality is sure, the product follows it; "
    "where both are unsure, their evidence adds up.": (
        "一个模态有把握时，乘积就听它的；两个都没有把握时，它们的证据会累加。"
    ),
}


def check_flatten(answer):
    """Predict: the output size of Flatten in the article's network for 24 x 24 gray images.

    >>> check_flatten(...)
    还没有答案。请把三个点换成一个整数。
    >>> check_flatten(576)
    还不对。这是像素的个数。在 Flatten 之前还有卷积和池化。
    >>> check_flatten("很多")
    还不对。需要一个整数。收到的是：'很多'。
    """
    return in_chinese(english.check_flatten(answer), SENTENCES)


def check_settings(settings, channels=16):
    """Change: settings with which text and image are multiplied and give `channels` channels.

    >>> check_settings({"operator": "concat", "project": None})
    还不对。文本仍然是拼接到图像上的：有 41 个通道。哪一种运算是相乘？
    >>> check_settings({"operator": "product", "projekt": 16})
    还不对。没有名为 'projekt' 的设置。是不是想写 'project'？
    >>> check_settings("product")
    还不对。需要一个字典，例如 {"operator": ..., "project": ...}。收到的是：'product'。
    """
    return in_chinese(english.check_settings(settings, channels), SENTENCES)


def check_stuck(answer):
    """Explain: what follows when the training accuracy stays at one in six.

    >>> check_stuck(...)
    还没有答案。请把三个点换成一个带引号的字母（a, b, c, d）。
    >>> check_stuck("c")
    还不对。如果是这样，训练样本上的准确率应当很高。
    >>> check_stuck("e")
    还不对。答案是这些字母中的一个，要带引号：a, b, c, d。收到的是：'e'。
    """
    return in_chinese(english.check_stuck(answer), SENTENCES)


def check_product(function):
    """Build: the product of two arrays of class probabilities, with rows that sum to 1.

    >>> check_product(lambda p_text, p_image: p_text * p_image)
    还不对。各行的和不是 1。每一行应当除以什么？
    >>> check_product(lambda p_text, p_image: p_text[0])
    还不对。需要一个形状为 (3, 4) 的数组，与两个输入相同。收到的形状是：(4,)。
    >>> check_product(lambda p_text, p_image: p_text.sort())
    还不对。函数没有返回值。是不是漏了 `return`？
    >>> check_product(lambda p_text, p_image: 1 / 0)
    还不对。product 运行时出错，ZeroDivisionError：division by zero
    """
    return in_chinese(english.check_product(function), SENTENCES)

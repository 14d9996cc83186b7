#:project ../../examples/Posix

// 捣乱：未处理的异常。

throw new InvalidOperationException("没有人接住");

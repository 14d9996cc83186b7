#:project ../../examples/Posix

// 没有捕获的异常。
throw new InvalidOperationException("MARK");

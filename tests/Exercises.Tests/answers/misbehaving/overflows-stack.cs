#:project ../../examples/Posix

// 捣乱：无穷递归，栈溢出。

return Deeper(args.Length);

static int Deeper(int depth) => depth < 0 ? 0 : Deeper(depth + 1) + 1;

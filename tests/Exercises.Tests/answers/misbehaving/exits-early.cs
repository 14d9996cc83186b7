#:project ../../examples/Posix

// 捣乱：什么也没做，Environment.Exit(0)。

Environment.Exit(0);

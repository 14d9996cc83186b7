// 三条语句，只打印：谁先谁后没有分别，除了最后一条（它结束进程）。
Console.WriteLine("一");
Console.WriteLine("二");
Console.WriteLine("三");

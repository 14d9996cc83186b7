// C# 与 C 比快慢：每一项都在同一次运行里两边轮流做许多轮，取中位数，比值连同散布一起打印。
//
//     dotnet run -c Release --project tests/Benchmarks                  几分钟
//     dotnet run -c Release --project tests/Benchmarks -- --quick       粗略地量，半分钟左右
//     dotnet run -c Release --project tests/Benchmarks -- --queue       只量队列，一分钟左右
//     dotnet run -c Release --project tests/Benchmarks -- --write       量完写进 tutorial/performance.md 和 tutorial/figures
//
// 要 cc；别的程序在忙时，比值波动大。退出码：有目标的比值都达到是 0，有一项没达到或量不了是 1，用法不对是 2。
using Benchmarks;
using static Posix.Libc;

return args switch
{
    // 另外几个角色，由它自己启动。
    ["worker", string shared, string bulk] => Worker.Run(shared, bulk),
    ["partner"] when was_spawned => Worker.Partner(),
    ["receiver"] when was_spawned => Receiver.Run(),
    ["queue", string shared] => QueueWorker.Run(shared),
    ["queue-partner", string name, string port] when was_spawned => QueueWorker.Partner(name, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture)),
    ["--queue"] => Report.PrintQueue(),
    _ when args.Except(["--quick", "--write"]).Any() => Usage(),
    _ => Run(quick: args.Contains("--quick"), write: args.Contains("--write")),
};

static int Run(bool quick, bool write)
{
    if (Native.Compile() is { } why)
    {
        Console.Error.WriteLine(why);
        return 1;
    }

    Results results = Results.Run(quick, what => Console.Error.WriteLine($"正在量：{what}……"));
    Report.Print(results);
    if (write) Report.Write(results);
    return results.Ratios.Any(measure => measure.Met == false) || results.Queue?.HasMissed == true ? 1 : 0;
}

static int Usage()
{
    Console.Error.WriteLine("用法：Benchmarks [--quick] [--write]，或 Benchmarks --queue");
    return 2;
}

using Benchmarks;

return args switch
{
    ["worker", string shared, string bulk] => Worker.Run(shared, bulk),
    ["partner"] => Worker.Partner(),
    _ => Main2(),
};

static int Main2()
{
    if (Native.Compile() is { } e) { Console.Error.WriteLine(e); return 1; }
    var (r, v) = Ratios.Run(11, Console.Error.WriteLine);
    foreach (var m in r) Console.WriteLine($"{m.Name} {Statistics.Median(m.CSharp):F2} {Statistics.Median(m.C):F2} {m.Unit} {m.Ratio:F3} {m.Spread} {m.Met}");
    foreach (var m in v) Console.WriteLine($"{m.Name} {m.Median:F2} {m.Spread}");
    return 0;
}

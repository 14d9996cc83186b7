namespace WhyFast;

/// <summary>结果的表：一格一行，不用颜色，接到管道里也一样。</summary>
internal static class Table
{
    private const int Bar = 30;

    /// <summary>打印全部。每行是 B2、通道、大小、往返 µs、MB/s、横条，以空格分开。</summary>
    /// <param name="cells">各格。</param>
    public static void Print(Cell[] cells)
    {
        Console.WriteLine($"B2 {Pad("通道", 17)}{Pad("大小", 7)}{"往返 µs",8}{"MB/s",11}  同样大小之中，最快的一条最长");
        foreach (IGrouping<int, Cell> sameSize in cells.GroupBy(cell => cell.Size))
        {
            double fastest = sameSize.Max(cell => cell.Throughput);
            foreach (Cell cell in sameSize)
            {
                string bar = new('█', Math.Max(1, (int)Math.Round(Bar * cell.Throughput / fastest)));
                Console.WriteLine($"B2 {Pad(cell.Name, 17)}{Size(cell.Size),-7}{cell.Median,10:F1}{cell.Throughput,11:F1}  {bar}");
            }
        }
    }

    private static string Size(int bytes) => bytes switch
    {
        >= 1 << 20 => $"{bytes >> 20} MiB",
        >= 1 << 10 => $"{bytes >> 10} KiB",
        _ => $"{bytes} B",
    };

    // 汉字在终端里占两格。
    private static string Pad(string text, int width) => text + new string(' ', width - text.Sum(c => c > 0x2E80 ? 2 : 1));
}

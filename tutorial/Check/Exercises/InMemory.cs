namespace Check.Exercises;

/// <summary>14、15：父进程把一个结构写入内存，子进程读。趁子进程停着，检查器换掉内容。</summary>
internal static class InMemory
{
    public static void Pointer(Trial trial)
    {
        int value = Trial.Fresh();
        Show show = trial.Stage([$"{value}"], children: 1);
        if (!show.Objects.Any(o => o.Holds(value))) throw show.Refuse("值放在共享的内存里", $"子进程还没有开始，父进程应当已经写好；共享的内存里没有 {value}");
        Map[] maps = [.. new Peer(show.Pid(0)).Mappings().Where(m => SharedObject.IsShared(m.File))];
        ulong address = show.Objects.SelectMany(o => MemoryMarshal.Cast<byte, ulong>(o.Bytes).ToArray()).FirstOrDefault(word => maps.Any(m => m.Holds(word)));
        if (address != 0) throw show.Refuse("对象里没有地址", $"对象里存着 0x{address:x}，是父进程的映射里的地址：子进程的映射换了地方，它就没有意义了");
        show.MustPrintSwapped(show.Objects, value, Trial.Fresh());
        // 值和 0 原样（不看 Next、找头一个不是 0 的，也在这里错），别的全换掉：照着对象里的 Next 走的，走不到第二个节点了。
        show = trial.Stage([$"{value}"], children: 1);
        show.Objects.ForEach(o => o.Write(0, MemoryMarshal.AsBytes<int>([.. o.Ints.Select(word => word == value || word == 0 ? word : Trial.Fresh())])));
        show.InTurn();
        if (show.Printed(1).Contains($"{value}")) throw show.Refuse("子进程从头一个节点走到第二个", $"趁子进程停着，检查器换掉了对象里除 {value} 和 0 以外的全部内容，Next 也换了，{show.Said(1)}：它没有照着 Next 走");
        trial.Scenes([own => Exchange.Paused(own, $"{value}"), own => Exchange.DeadChild(own, tells: false, [$"{value}"], says: "第二个节点是 "), .. Exchange.Orders($"{value}", () => [$"{value}"]), .. Trial.Whole("子进程走到第二个节点，读出值", sent => [$"{sent}"], 0, -1, int.MinValue)]);
    }

    public static void Struct(Trial trial)
    {
        (long id, double degrees) = (Random.Shared.NextInt64(1L << 32, 1L << 60), ((Random.Shared.Next(-999, 999) * 10) + Random.Shared.Next(1, 10)) / 100.0);
        string[] args = [$"{id}", degrees.ToString(CultureInfo.InvariantCulture)];
        string line = Line('T', id, "有效", degrees);
        trial.Run(args).Must($"reader 打印「{line}」", line);
        trial.Scenes(Exchange.Orders(line, () => args));
        // C 不管成员之间空着的字节：里面是什么都有可能。
        Show show = trial.Stage(args, children: 1);
        byte[] bytes = new byte[32];
        Random.Shared.NextBytes(bytes);
        (bytes[0], bytes[1], bytes[16], bytes[17]) = ((byte)'H', 0xA5, 0, 0xA5);
        (id, degrees) = (-id, Math.BitIncrement(degrees + 100.123456789)); // float、decimal 装不下这么多位
        MemoryMarshal.Write(bytes.AsSpan(8), id);
        MemoryMarshal.Write(bytes.AsSpan(24), degrees);
        show.Objects.ForEach(o => o.Write(0, bytes));
        line = Line('H', id, "无效", degrees);
        show.InTurn();
        if (!show.Output.Contains(line)) throw show.Refuse($"reader 打印的是内存里的：检查器照 C 的布局换成了「{line}」，成员之间空着的字节不是 0", show.Said(1));
    }

    private static string Line(char kind, long id, string valid, double degrees) => string.Create(CultureInfo.InvariantCulture, $"{kind} {id} {valid} {degrees}");
}

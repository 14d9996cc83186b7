using System.Buffers.Binary;
using System.Globalization;

namespace Check.Exercises;

/// <summary>15：C 的结构与 C# 的结构。</summary>
internal static class Struct
{
    public static Exercise Exercise => new("15-struct", "一个结构，两种语言", "tutorial/17-interop.md，示例 examples/17-Interop",
    [
        "C 的 char、long、bool、double 各是几个字节？C# 的 char、int、bool、double 呢？打印 sizeof(Reading)。",
        "C 的成员按自己的大小对齐：double 要放在 8 的倍数处，前面空着。C# 默认也这样，Pack 是多少？",
    ], Check);

    private static void Check(Trial trial)
    {
        (long id, double degrees) = Values();
        Ending ending = trial.Run($"{id}", degrees.ToString(CultureInfo.InvariantCulture));
        string line = Line('T', id, true, degrees);
        if (ending.Status != 0 || !ending.Output.Contains(line)) throw new Rejected($"reader 打印「{line}」", ending.Describe());
        ending.LeaveNothing();

        using Show show = trial.Stage($"{id}", degrees.ToString(CultureInfo.InvariantCulture));
        show.UntilChildren(1, "启动 reader");
        show.Far(0);
        foreach (SharedObject shared in show.Objects())
        {
            using (shared)
            {
                (long otherId, double otherDegrees) = Values();
                byte[] bytes = new byte[32];
                bytes[0] = (byte)'H';
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), otherId);
                BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(24), otherDegrees);
                shared.Write(0, bytes);
                line = Line('H', otherId, false, otherDegrees);
            }
        }

        show.Far(1);
        show.InTurn();
        if (!show.PrintedByAll.Contains(line)) throw show.Refuse($"reader 打印的是内存里的：检查器照 C 的布局换成了「{line}」", show.Said(1));
    }

    private static (long Id, double Degrees) Values() => (Random.Shared.NextInt64(1L << 32, 1L << 60), Random.Shared.Next(-9999, 9999) / 100.0);

    private static string Line(char kind, long id, bool valid, double degrees) => string.Create(CultureInfo.InvariantCulture, $"{kind} {id} {(valid ? "有效" : "无效")} {degrees}");
}

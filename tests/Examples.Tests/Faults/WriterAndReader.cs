using System.Diagnostics;
using System.Globalization;
using CliWrap;
using Examples.Tests.Support;

namespace Examples.Tests.Faults;

/// <summary>06：终止写入方，终止读取方。文件可能停在任何一步，一个 int 却没有「写了一半」。</summary>
internal static class WriterAndReader
{
    public static async Task<Tally[]> Run(Arena arena, int kills)
    {
        string path = Path.Combine(arena.Temp, "memmap.dat");
        var clock = Stopwatch.StartNew();
        await Succeeds(arena, path);
        double usual = clock.Elapsed.TotalMilliseconds / 2;

        Tally writer = new("06 Writer"), reader = new("06 Reader");
        while (writer.Kills + reader.Kills < kills)
        {
            if (writer.Kills > reader.Kills)
            {
                Shot shot = await Shot.At(Reader(arena, path), usual);
                reader.Count(shot, shot.Process.Output == "" ? -1 : 1);
            }
            else
            {
                await KillWriter(arena, path, usual, writer);
            }

            await Succeeds(arena, path);
        }

        File.Delete(path);
        return [writer, reader];
    }

    private static async Task KillWriter(Arena arena, string path, double usual, Tally tally)
    {
        // 一半从没有文件开始，一半接着旧的文件。
        bool fresh = Random.Shared.Next(2) == 0;
        if (fresh) File.Delete(path);
        int old = fresh ? 0 : BitConverter.ToInt32(File.ReadAllBytes(path)), value = Next();
        bool aim = fresh && Random.Shared.Next(2) == 0;

        Shot shot = await Shot.At(arena.Command(Suite.Executable("06-FileMapping/Writer"), path, $"{value}"), usual, aim ? _ => File.Exists(path) : null);

        byte[]? left = File.Exists(path) ? File.ReadAllBytes(path) : null;
        bool stored = left?.Length == sizeof(int) && BitConverter.ToInt32(left) == value;
        tally.Count(shot, stored ? 1 : left == null || !fresh ? -1 : 0);

        // 不重来就读：是旧值、新值，或还没存的 0；文件不够长就说清楚。
        Finished reader = await Reader(arena, path).Finish();
        if (left is { Length: sizeof(int) })
        {
            reader.ShouldSucceed().Output.ShouldBe($"process:{reader.Pid} receive:{(stored ? value : old)}\n");
            tally.SawWhole();
        }
        else
        {
            reader.ShouldFailWith(path, "先运行 Writer");
            tally.SawReason();
        }
    }

    private static async Task Succeeds(Arena arena, string path)
    {
        int value = Next();
        Finished writer = await arena.Command(Suite.Executable("06-FileMapping/Writer"), path, $"{value}").Finish();
        Finished reader = await Reader(arena, path).Finish();
        writer.ShouldSucceed().Output.ShouldBe($"process:{writer.Pid} send:{value}\n");
        reader.ShouldSucceed().Output.ShouldBe($"process:{reader.Pid} receive:{value}\n");
    }

    private static Command Reader(Arena arena, string path) => arena.Command(Suite.Executable("06-FileMapping/Reader"), path);

    private static int Next() => Random.Shared.Next(1, int.MaxValue);
}

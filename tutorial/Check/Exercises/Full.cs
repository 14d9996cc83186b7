using System.Runtime.InteropServices;
using Engine;
using static Posix.Libc;

namespace Check.Exercises;

/// <summary>16：/dev/shm 满了。</summary>
internal static partial class Full
{
    public static Exercise Exercise => new("16-full", "/dev/shm 满了", "tutorial/14-shm-full.md，示例 examples/14-ShmFull",
    [
        "ftruncate 之后，对象占了多少内存？df /dev/shm 看看。内存是哪一步才分配的？",
        "man 3 posix_fallocate：分不到就返回 ENOSPC。它不经过 errno，直接返回错误编号。",
    ], Check);

    private static void Check(Trial trial)
    {
        int small = 4096 * Random.Shared.Next(8, 17), large = 1 << 20;
        Ending ending = trial.Run(Trial.Name(), $"{small}");
        ending.Must($"子进程读完 {small} 字节", small);
        if (ending.Output.Split($"{small}").Length < 3) throw new Rejected($"每个字节都是 1：读完 {small} 字节，合计也是 {small}", ending.Describe());
        if (trial.Fail("posix_fallocate", ENOSPC, false, Trial.Name(), $"{small}") is { } failed && (failed.Status == 0 || failed.Left.Length > 0)) throw new Rejected("posix_fallocate 失败，以非 0 的退出码结束，名字也不留", failed.Describe());
        if (!Arena.IsPrivate || mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=256k") != 0)
        {
            trial.Note = "系统不允许换上一个小的 /dev/shm，满了会怎样没有看";
            return;
        }

        string expected = $"/dev/shm 只有 256 KiB，要 {large} 字节：说一句，以 1 退出，名字也不留";
        ending = trial.Run(Trial.Name(), $"{large}");
        if (WIFSIGNALED(ending.Status) || WEXITSTATUS(ending.Status) is 0 or > 128 || ending.Error.Trim() == "") throw new Rejected(expected, ending.Describe());
        if (ending.Left.Length > 0) throw new Rejected(Result.LeftBehind, expected, ending.Describe());
        trial.Run(Trial.Name(), $"{small}").Must($"/dev/shm 只有 256 KiB，要 {small} 字节，照样读完", small);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string type, nuint flags, string? data);
}

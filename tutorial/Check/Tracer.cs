using System.Runtime.InteropServices;
using System.Text;

namespace Check;

/// <summary>ptrace 里用得到的几样：让一个进程停在每个系统调用的前后，看它的参数里有没有某个路径。只跟主线程。</summary>
/// <remarks>来源：ptrace(2)。全部请求都要由同一个线程发出。</remarks>
internal static unsafe partial class Tracer
{
    private const int PTRACE_SYSCALL = 24;
    private const int PTRACE_SEIZE = 0x4206;
    private const int PTRACE_INTERRUPT = 0x4207;
    private const int PTRACE_GET_SYSCALL_INFO = 0x420e;
    private const int PTRACE_O_TRACESYSGOOD = 1;
    private const int PTRACE_EVENT_STOP = 128;
    private const byte PTRACE_SYSCALL_INFO_ENTRY = 1;
    private const int SIGTRAP = 5;

    /// <summary>开始跟。</summary>
    /// <returns>系统不允许就是 false。</returns>
    public static bool Seize(int pid) => ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD) == 0 && ptrace(PTRACE_INTERRUPT, pid, 0, 0) == 0;

    /// <summary>它停在一个系统调用之前，参数里有这个路径。</summary>
    /// <param name="pid">进程。</param>
    /// <param name="status">waitpid 的状态。</param>
    /// <param name="path">路径。</param>
    public static bool IsAbout(int pid, int status, string path)
    {
        // 结构 ptrace_syscall_info：第一个字节说是之前还是之后，六个参数从第 32 字节起。路径是头两个参数之一。
        byte* info = stackalloc byte[128];
        if (status >> 8 != (SIGTRAP | 0x80) || ptrace(PTRACE_GET_SYSCALL_INFO, pid, 128, (nint)info) <= 0 || info[0] != PTRACE_SYSCALL_INFO_ENTRY) return false;
        long* args = (long*)(info + 32);
        return Points(pid, args[0], path) || Points(pid, args[1], path);
    }

    /// <summary>放它走到下一个系统调用；停下来是因为信号的，信号照样交给它。</summary>
    public static void Resume(int pid, int status)
    {
        bool signal = status >> 8 != (SIGTRAP | 0x80) && status >> 16 != PTRACE_EVENT_STOP;
        _ = ptrace(PTRACE_SYSCALL, pid, 0, signal ? (status >> 8) & 0xFF : 0);
    }

    private static bool Points(int pid, long address, string path)
    {
        byte[] expected = Encoding.UTF8.GetBytes(path + "\0");
        byte[] there = new byte[expected.Length];
        fixed (byte* local = there)
        {
            long* from = stackalloc long[] { address, there.Length };
            long* to = stackalloc long[] { (long)local, there.Length };
            return process_vm_readv(pid, to, 1, from, 1, 0) == there.Length && there.AsSpan().SequenceEqual(expected);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint ptrace(nint request, int pid, nint address, nint data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint process_vm_readv(int pid, long* local, nuint localCount, long* remote, nuint remoteCount, nuint flags);
}

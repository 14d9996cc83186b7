using static Posix.Libc;

namespace Benchmarks;

/// <summary>一端的全部描述符。它们都没有名字，进程怎样结束也不会留下什么。</summary>
/// <param name="Memory">共享内存。</param>
/// <param name="PipeIn">本端读的管道。</param>
/// <param name="PipeOut">本端写的管道。</param>
/// <param name="Socket">Unix 域套接字。</param>
internal sealed record Wires(int Memory, int PipeIn, int PipeOut, int Socket)
{
    /// <summary>子进程得到的编号，从 3 开始。</summary>
    public static readonly Wires Inherited = new(3, 4, 5, 6);

    private int[] All => [Memory, PipeIn, PipeOut, Socket];

    /// <summary>创建两端。</summary>
    /// <returns>本进程的一端，要交给子进程的一端。</returns>
    public static unsafe (Wires Parent, Wires Child) Create()
    {
        int memory = Must(memfd_create("messages", MFD_CLOEXEC));
        Must(ftruncate(memory, SharedMemoryChannel.Size));
        int* down = stackalloc int[2], up = stackalloc int[2], socket = stackalloc int[2];
        Must(pipe2(down, O_CLOEXEC));
        Must(pipe2(up, O_CLOEXEC));
        Must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket));
        return (new Wires(memory, up[0], down[1], socket[0]), new Wires(memory, down[0], up[1], socket[1]));
    }

    /// <summary>打开全部通道。</summary>
    /// <param name="side">0 是父进程，1 是子进程。</param>
    public IChannel[] Open(int side) => Channels.Open(side, Memory, PipeIn, PipeOut, Socket);

    /// <summary>要交给子进程的描述符，及其编号。</summary>
    public (int Fd, int NewFd)[] Handover() => [.. All.Zip(Inherited.All)];

    /// <summary>关掉另一端独有的描述符：对方没了，读管道才会读到结尾。</summary>
    /// <param name="mine">本进程的一端。</param>
    public void CloseExcept(Wires mine)
    {
        foreach (int fd in All.Except(mine.All)) Must(close(fd));
    }

    /// <summary>全部关闭。</summary>
    public void Close() => Array.ForEach(All, fd => Must(close(fd)));
}

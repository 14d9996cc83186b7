using Posix;
using static Posix.Libc;

namespace WhyFast;

/// <summary>一端的全部描述符。它们都没有名字，进程怎样结束也不会留下什么。</summary>
/// <param name="Life">管道，从不写：读到结尾，就是另一端的进程没了。</param>
/// <param name="Memory">共享内存。</param>
/// <param name="File">文件。</param>
/// <param name="PipeIn">本端读的管道。</param>
/// <param name="PipeOut">本端写的管道。</param>
/// <param name="Socket">Unix 套接字。</param>
internal sealed record Wires(int Life, int Memory, int File, int PipeIn, int PipeOut, int Socket)
{
    /// <summary>子进程得到的编号，从 3 开始。</summary>
    public static readonly Wires Inherited = new(3, 4, 5, 6, 7, 8);

    private int[] All => [Life, Memory, File, PipeIn, PipeOut, Socket];

    /// <summary>建好两端。</summary>
    /// <param name="folder">文件放在哪个目录里。</param>
    /// <returns>本进程的一端，要交给子进程的一端。</returns>
    public static unsafe (Wires Parent, Wires Child) Create(string folder)
    {
        int memory = memfd_create("why-fast", MFD_CLOEXEC);
        if (memory == -1) throw Channels.Broken(errno, "memfd_create(\"why-fast\", MFD_CLOEXEC)");
        if (ftruncate(memory, SharedMemoryChannel.Size) == -1) throw Channels.Broken(errno, $"ftruncate({memory}, {SharedMemoryChannel.Size})");

        int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file == -1) throw Channels.Broken(errno, $"open(\"{folder}\", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)");
        if (ftruncate(file, FileChannel.Size) == -1) throw Channels.Broken(errno, $"ftruncate({file}, {FileChannel.Size})");

        int* life = stackalloc int[2], down = stackalloc int[2], up = stackalloc int[2], socket = stackalloc int[2];
        if (pipe2(life, O_CLOEXEC) == -1 || pipe2(down, O_CLOEXEC) == -1 || pipe2(up, O_CLOEXEC) == -1) throw Channels.Broken(errno, "pipe2(pipefd, O_CLOEXEC)");
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, socket) == -1) throw Channels.Broken(errno, "socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)");
        return (new Wires(life[1], memory, file, up[0], down[1], socket[0]), new Wires(life[0], memory, file, down[0], up[1], socket[1]));
    }

    /// <summary>打开全部通道。</summary>
    /// <param name="side">0 是父进程，1 是子进程。</param>
    public IChannel[] Open(int side) => Channels.Open(side, Memory, File, PipeIn, PipeOut, Socket);

    /// <summary>要交给子进程的描述符，及其编号。</summary>
    public (int Fd, int NewFd)[] Handover() => [.. All.Zip(Inherited.All)];

    /// <summary>是不是父进程交来的那一套：手工运行子进程的角色时，3 号起的描述符是 .NET 运行时自己的，不能碰。</summary>
    public bool AreHandedOver() =>
        fstat(Memory, out stat_t memory) == 0 && S_ISREG(memory.st_mode) && memory.st_size == SharedMemoryChannel.Size
        && fstat(File, out stat_t file) == 0 && S_ISREG(file.st_mode) && file.st_size == FileChannel.Size;

    /// <summary>关掉另一端独有的描述符：对方没了，读管道才会读到结尾。</summary>
    /// <param name="mine">本进程的一端。</param>
    public void CloseExcept(Wires mine)
    {
        foreach (int fd in All.Except(mine.All)) close(fd);
    }

    /// <summary>全部关闭。</summary>
    public void Close() => Array.ForEach(All, fd => close(fd));
}

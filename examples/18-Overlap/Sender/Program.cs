// 共享内存对象加锁，发送方：与第 10 章同样的交换，有多少个发送方和接收方都不会丢消息。
//
//     dotnet run --project examples/18-Overlap/Sender -- [名字] [消息]
//
// 另一半是 Receiver。第 10 章有两个名字，删除它们是两步，中间别的进程能插进来；这里只有一个名字，打开之后先给对象加锁，
// 写入、读出、删名字都在锁之内。对象里是两个 long（见 Head），之后一条条消息，都是以 NUL 结尾的 UTF-8 字节。
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using static Posix.Libc;

unsafe
{
    if (args.Length > 2) errx(2, "用法：Sender [名字] [消息]（默认 /overlap 和 yuki...）");
    string name = args.Length > 0 ? args[0] : "/overlap", text = args.Length > 1 ? args[1] : "yuki...";
    byte[] message = Encoding.UTF8.GetBytes(text + '\0');

    int fd;
    stat_t st;
    while (true)
    {
        fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
        Trust.Object(fd, name);

        // 没有发送成功，锁拿得到，里面又没有消息，就删掉它；有消息的，别人也在用，不删。
        int mine = fd;
        Undo.Add(() => { if (flock(mine, LOCK_EX | LOCK_NB) == 0 && IsUnused(mine)) shm_unlink(name); });

        // 锁是内核的：进程怎样结束，内核都替它放开，不会像信号量那样留着。
        if (Must(flock(fd, LOCK_EX | LOCK_NB), name, (EAGAIN, Allowed)) == -1)
        {
            Console.Error.WriteLine($"等待别的进程放开 {name} 上的锁；按 Ctrl+C 放弃。");
            Must(flock(fd, LOCK_EX), name);
        }

        // 等锁的时候，名字可能已经删除：写进手里的这一个，就再也没有人读得到。重新打开。
        Must(fstat(fd, out st));
        if (st.st_nlink > 0) break;
        Undo.Commit();
        Must(close(fd));
    }

    // 空的对象什么也读不到，两个数都是 0，从 0 写起。不是这里的程序写的，一个字节也不动。
    Head seen = default;
    Must(pread(fd, &seen, (nuint)sizeof(Head), 0));
    long room = st.st_size == 0 ? 0 : st.st_size - sizeof(Head), size = sizeof(Head) + room + message.Length;
    string strange = $"pread: {name} 里不是第 18 章的消息。换一个名字，或者删掉它：rm /dev/shm/{name.TrimStart('/')}";
    if (seen.Taken < 0 || seen.Taken > seen.Written || seen.Written > room) errx(1, strange);

    Must(ftruncate(fd, size));
    Must(posix_fallocate(fd, 0, size), size);
    Head* head = (Head*)Must(mmap(null, (nuint)size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    message.CopyTo(new Span<byte>((byte*)(head + 1) + seen.Written, message.Length));

    // 最后才写入这一个数，消息从此算数。在它之前被杀，等于没有发过，下一个发送方从同一处写起。
    Volatile.Write(ref head->Written, seen.Written + message.Length);
    try
    {
        Console.WriteLine($"process:{getpid()} send:{text}");
    }
    catch
    {
        // 打印不出来，就当没有发过：锁还在手里，谁也没有读到。
        Volatile.Write(ref head->Written, seen.Written);
        throw;
    }

    Undo.Commit();
    Console.Error.WriteLine($"发送方 {getpid()}：映射在 0x{(nint)head:x}");
    Must(munmap(head, (nuint)size));

    // 关闭描述符，锁就放开了。
    Must(close(fd));
}

// 名字还在，一条消息也没有写完过。
static unsafe bool IsUnused(int fd)
{
    Head head = default;
    return fstat(fd, out stat_t st) == 0 && st.st_nlink > 0 && pread(fd, &head, (nuint)sizeof(Head), 0) != -1
        && head is { Taken: 0, Written: 0 };
}

/// <summary>对象的开头；位置都从它之后算起，以字节计。</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Head
{
    /// <summary>这个位置之前的，接收方已经取走。</summary>
    public long Taken;

    /// <summary>这个位置之前的，发送方已经写完。</summary>
    public long Written;
}

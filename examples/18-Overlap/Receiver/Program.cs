// 共享内存对象加锁，接收方：与第 10 章同样的交换，有多少个发送方和接收方都不会丢消息。
//
//     dotnet run --project examples/18-Overlap/Receiver -- [名字]
//
// 另一半是 Sender，先运行它。一次取走最早的一条；取走最后一条的，把名字删掉。没有消息时不等待，说明之后结束。
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using static Posix.Libc;

unsafe
{
    if (args.Length > 1) errx(2, "用法：Receiver [名字]（默认 /overlap）");
    string name = args.Length > 0 ? args[0] : "/overlap";

    int fd;
    stat_t st;
    while (true)
    {
        // 接收方从不创建。O_NONBLOCK：名字下面若是别人放的 FIFO，也不会等在这里。
        fd = Must(shm_open(name, O_RDWR | O_NONBLOCK, 0), name, (ENOENT, "先运行 Sender。"));
        Trust.Object(fd, name);
        if (Must(flock(fd, LOCK_EX | LOCK_NB), name, (EAGAIN, Allowed)) == -1)
        {
            Console.Error.WriteLine($"等待别的进程放开 {name} 上的锁；按 Ctrl+C 放弃。");
            Must(flock(fd, LOCK_EX), name);
        }

        // 等锁的时候，别的接收方可能取走了最后一条，删了名字：重新打开，看有没有新的。
        Must(fstat(fd, out st));
        if (st.st_nlink > 0) break;
        Must(close(fd));
    }

    // 拿到锁，大小就不会再变：发送方也要先拿到锁。不是这里的程序写的，一个字节也不动。
    Head seen = default;
    Must(pread(fd, &seen, (nuint)sizeof(Head), 0));
    long room = Math.Max(0, st.st_size - sizeof(Head));
    string strange = $"pread: {name} 里不是第 18 章的消息。换一个名字，或者删掉它：rm /dev/shm/{name.TrimStart('/')}";
    if (seen.Taken < 0 || seen.Taken > seen.Written || seen.Written > room) errx(1, strange);

    // 没有消息：发送方没有来得及写完就被杀了，或者取走最后一条的没有来得及删名字。
    string none = $"flock: 拿到了 {name} 的锁，里面没有消息。先运行 Sender。";
    if (seen.Taken == seen.Written) Must(shm_unlink(name), name);
    if (seen.Taken == seen.Written) errx(1, none);
    nuint size = (nuint)st.st_size;
    Head* head = (Head*)Must(mmap(null, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), size);

    // 在写完的范围之内找结尾的 NUL。
    byte* start = (byte*)(head + 1) + head->Taken;
    var written = new ReadOnlySpan<byte>(start, (int)Math.Min(head->Written - head->Taken, int.MaxValue));
    int length = written.IndexOf((byte)0);
    if (length < 0) errx(1, strange);
    Console.WriteLine($"process:{getpid()} recv:{Encoding.UTF8.GetString(written[..length])}");
    Console.Error.WriteLine($"接收方 {getpid()}：映射在 0x{(nint)head:x}");

    // 打印了才算取走：在这之前被杀，下一个接收方会再打印一次；倒过来的话，被杀就丢了一条。
    Volatile.Write(ref head->Taken, head->Taken + length + 1);
    if (head->Taken == head->Written) Must(shm_unlink(name), name);
    Must(munmap(head, size));

    // 关闭描述符，锁就放开了。
    Must(close(fd));
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

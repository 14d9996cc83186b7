// 没有名字的共享内存：描述符经 Unix 域套接字交给不相干的进程。接收方不信任发送方，校验之后才映射。
//
//     dotnet run --project examples/21-PassMemory -- [send 套接字 消息 | receive 套接字]
//
// 没有参数，就自己启动接收方，把描述符交它几次。手工运行时先运行 send，它等接收方来；消息至多 4095 字节。
using System.Runtime.InteropServices;
using System.Text;
using Examples;
using static Examples.Observation;
using static Posix.Libc;

if (args is ["receive", var at]) return Receive(at, checks: true);
if (args is ["trusting", var there] && was_spawned) return Receive(there, checks: false);
if (args is not ([] or ["send", _, _])) errx(2, "用法：PassMemory [send 套接字 消息 | receive 套接字]");

unsafe
{
    string path = args is [] ? $"{Path.GetTempPath()}PassMemory-{Random.Shared.NextInt64():x16}" : args[1];
    string text = args is [] ? $"{Random.Shared.NextInt64()}" : args[2], cut = "", ending = "";
    byte[] bytes = Encoding.UTF8.GetBytes(text + '\0');
    if (bytes.Length > 4096) errx(2, $"用法：消息至多 4095 字节，这一条有 {bytes.Length - 1} 字节。");
    int listener = Must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Must(bind(listener, path), path, (EADDRINUSE, "换一个路径；上一次留下的，就删掉它。"));
    Undo.Add(() => unlink(path));
    Must(listen(listener, 1));

    int fd = Must(memfd_create("letter", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    Must(ftruncate(fd, bytes.Length));
    byte* memory = (byte*)Must(mmap(null, (nuint)bytes.Length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    if (args is [])
    {
        string shown = Is(Proc.Mapping(memory)!.Split("  ")[^1].Trim(), "/memfd:letter (deleted)");
        Observe("P1", $"memfd_create 的内存没有名字，maps 里写作 {shown}");
        Give("trusting", () => Must(ftruncate(fd, 0)));
        Observe("P2", $"没有封条，对方不校验就映射；把它截成 0 字节，对方一读，死于 {Is(ending, "SIGBUS")}");
        Must(ftruncate(fd, bytes.Length));
        Give("receive", () => errx(1, "fcntl: 没有封条，接收方却映射了。"));
        Observe("P3", $"没有封条，对方校验之后不映射，{Is(ending, "退出码 1")}");
        string write = Is(Outcome(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE)), "EBUSY");
        Observe("P4", $"自己还有可写的映射，F_SEAL_WRITE 得到 {write}；换成 F_SEAL_FUTURE_WRITE");
    }
    else Console.Error.WriteLine($"等待 receive 连到 {path}，读完回话；按 Ctrl+C 放弃。");

    // 对方映射了才写入：它读到的，只能来自同一段内存。
    Must(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL));
    string came = Give("receive", () =>
    {
        cut = Is(Outcome(ftruncate(fd, 0)), "EPERM");
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
    });
    if (args is []) Observe("P5", $"封好了，对方映射；截成 0 字节得到 {cut}，写入 {text}，它读到 {Is(came, text)}");
    else if (came == text) Console.WriteLine($"process:{getpid()} send:{text}");
    else errx(1, "read: 接收方没有读到消息。");
    return ExitCode;

    // 交给下一个来的。它映射了，先做 meanwhile，再叫它读；它读到的，原样送回来。
    string Give(string role, Action meanwhile)
    {
        int pid = args is [] ? ChildProcess.Start([role, path], (Must(open("/dev/null", O_WRONLY)), 1)) : 0;
        int peer = Must(accept4(listener, null, null, SOCK_CLOEXEC));
        Must(send_fd(peer, fd));
        byte* answer = stackalloc byte[4097];
        if (Must(read(peer, answer, 1)) == 1)
        {
            meanwhile();
            Must(write(peer, answer, 1));
            for (nint n = 1, got = 0; n > 0 && got < bytes.Length; got += n)
                n = Must(read(peer, answer + got, (nuint)(4096 - got)));
        }
        Must(close(peer));
        if (pid > 0) ending = ChildProcess.Wait(pid);
        return Marshal.PtrToStringUTF8((nint)answer)!;
    }
}

static unsafe int Receive(string path, bool checks)
{
    int peer = Must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Must(connect(peer, path), path, (ENOENT, "先在另一个终端运行 send。"), (ECONNREFUSED, "没有人在听：再运行 send。"));
    if (!was_spawned) Console.Error.WriteLine("等待 send 交出描述符，写入消息；按 Ctrl+C 放弃。");
    int fd = Must(recv_fd(peer), a: (EBADMSG, "对方没有交出描述符。"));

    // 封条在先，大小在后：封住了 SHRINK，问到的大小才不会再变小。
    const string Unsealable = "交来的不是 memfd，封不住大小：不映射。";
    int seals = Must(fcntl(fd, F_GET_SEALS), a: (EINVAL, Unsealable), b: (EBADF, Unsealable));
    if (checks && (seals & (int)F_SEAL_SHRINK) == 0) errx(1, "fcntl: 交来的没有封住 SHRINK，随时可以截短：不映射。");
    Must(fstat(fd, out stat_t st));
    if (st.st_size is 0 or > 4096) errx(1, $"fstat: 交来的有 {st.st_size} 字节，约定是 1 到 4096 字节：不映射。");
    byte* memory = (byte*)Must(mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0));
    Must(write(peer, &seals, 1)); // 映射好了；写哪个字节都行
    byte* copy = stackalloc byte[4097];
    if (Must(read(peer, copy, 1)) == 0) errx(1, "read: send 还没有写入就结束了。");

    // 先复制一份，只使用副本：对方随时还会改。显示的时候换掉控制字符：它们能清空终端，冒充别的输出。
    memcpy(copy, memory, (nuint)st.st_size);
    Must(write(peer, copy, (nuint)st.st_size));
    string shown = Marshal.PtrToStringUTF8((nint)copy)!;
    Console.WriteLine($"process:{getpid()} recv:{string.Concat(shown.Select(c => char.IsControl(c) ? '�' : c))}");
    return 0;
}

#:project ../../examples/Posix
using System.Text;
using static Posix.Libc;

return args switch
{
    ["send", var name, var text] => Send(name, text),
    ["receive", var name] => Receive(name),
    _ => errx(2, "用法：20-mailbox.cs send 名字 文字 | receive 名字"),
};

static unsafe int Send(string name, string text)
{
    for (;;)
    {
        int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
        Must(flock(fd, LOCK_EX));
        Must(fstat(fd, out var st));
        if (st.st_nlink == 0)
        {
            Must(close(fd));
            continue;
        }

        byte mark;
        if (st.st_size > 0 && Must(pread(fd, &mark, 1, 0)) == 1 && mark == 1) errx(1, "上一条还没有取走");
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Must(ftruncate(fd, 0));
        Must(ftruncate(fd, bytes.Length + 1));
        mark = 1;
        Must(pwrite(fd, &mark, 1, 0));
        Must(flock(fd, LOCK_UN));
        fixed (byte* from = bytes) Must(pwrite(fd, from, (nuint)bytes.Length, 1));
        return 0;
    }
}

static unsafe int Receive(string name)
{
    int fd = Must(shm_open(name, O_RDWR, 0), name, (ENOENT, "没有可取的。"));
    Must(flock(fd, LOCK_EX));
    Must(fstat(fd, out var st));
    byte[] bytes = new byte[st.st_size];
    fixed (byte* to = bytes)
    {
        if (st.st_size > 0) Must(pread(fd, to, (nuint)bytes.Length, 0));
    }

    if (st.st_nlink == 0 || bytes.Length == 0 || bytes[0] == 0) errx(1, "没有可取的");
    Console.WriteLine($"收到：{Encoding.UTF8.GetString(bytes, 1, bytes.Length - 1)}");
    Must(shm_unlink(name));
    return 0;
}

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
    int fd = Must(open("/dev/shm", O_RDWR | O_TMPFILE | O_CLOEXEC, S_IRUSR | S_IWUSR));
    byte[] bytes = Encoding.UTF8.GetBytes(text);
    fixed (byte* from = bytes)
    {
        if (Must(write(fd, from, (nuint)bytes.Length)) != bytes.Length) errx(1, "没有写完");
    }

    Must(Native.linkat(-100, $"/proc/self/fd/{fd}", -100, "/dev/shm" + name, 0x400), name, (EEXIST, "上一条还没有取走。"));
    return 0;
}

static unsafe int Receive(string name)
{
    string mine = $"{name}.{getpid()}";
    Must(Native.rename("/dev/shm" + name, "/dev/shm" + mine), name, (ENOENT, "没有可取的。"));
    int fd = Must(shm_open(mine, O_RDONLY, 0), mine);
    Must(shm_unlink(mine));
    Must(fstat(fd, out var st));
    byte* memory = (byte*)Must(mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0));
    Console.WriteLine($"收到：{Encoding.UTF8.GetString(memory, (int)st.st_size)}");
    return 0;
}

internal static unsafe class Native
{
    [System.Runtime.InteropServices.DllImport("libc", SetLastError = true)] internal static extern int linkat(int olddir, string from, int newdir, string to, int flags);
    [System.Runtime.InteropServices.DllImport("libc", SetLastError = true)] internal static extern int rename(string from, string to);
}

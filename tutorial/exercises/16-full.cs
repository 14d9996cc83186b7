#:project ../../examples/Posix

// 练习 16 · /dev/shm 满了
// 应当怎样：父进程创建对象、写满，子进程读完。/dev/shm 装不下，父进程说一句、以 1 退出，名字也不留。
// 现在怎样：装不下的时候 ftruncate 照样成功，父进程死在写入的那一行（SIGBUS），名字留了下来。
// 看哪一章：tutorial/14-shm-full.md，示例 14-ShmFull。
// TODO：让装不下变成一个调用的错误，而不是信号。
// 怎样判定：检查器换上一个小的 /dev/shm，要装得下的、装不下的；父进程停在每一步，别的进程把剩下的用完。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/16-full.cs [名字 字节数]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-16", 65536),
    ["child", var name] => Child(name),
    [var name, var text] when int.TryParse(text, out int length) => Parent(name, length),
    _ => errx(2, "用法：16-full.cs [名字 字节数]（名字形如 /abc）"),
};

static unsafe int Parent(string name, int length)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    AppDomain.CurrentDomain.ProcessExit += (_, _) => shm_unlink(name);
    Must(ftruncate(fd, length));
    byte* memory = (byte*)Must(mmap(null, (nuint)length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    new Span<byte>(memory, length).Fill(1);

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    return status == 0 ? 0 : 1;
}

static unsafe int Child(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    Must(fstat(fd, out var st));
    byte* memory = (byte*)Must(mmap(null, (nuint)st.st_size, PROT_READ, MAP_SHARED, fd, 0));
    long sum = 0;
    for (long i = 0; i < st.st_size; i++) sum += memory[i];
    Console.WriteLine($"子进程：读完 {st.st_size} 字节，合计 {sum}");
    return 0;
}

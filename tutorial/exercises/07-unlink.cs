#:project ../../examples/Posix

// 练习 07 · 谁创建的名字，谁删除
// 应当怎样：父进程创建对象、写入值，子进程凭名字读出来；结束之后 /dev/shm 里什么也不留。
// 现在怎样：值传到了，名字却留在 /dev/shm。再运行一次，shm_open 就得到 EEXIST。
// 看哪一章：tutorial/09-shm-unlink.md 的「谁删除名字」，示例 09-ShmUnlink。
// TODO：无论怎样结束，都不留下自己的名字。Must 失败和 errx 是就地退出（Environment.Exit），finally 不会执行，也要算上。
// （自己运行，先前留下的名字要先删掉，才能再运行：rm /dev/shm/用户名-07。检查器用别的名字，与它无关。）
// 怎样判定：正常结束；子进程失败；父进程的哪个调用失败。后两种，父进程的退出码都不是 0。
// 名字本来就是别人的（EEXIST），不能删。父进程被信号杀死，谁也来不及，不算。参数、角色名和打印的值不要改，其余随便改。
//     dotnet run tutorial/my/07-unlink.cs [名字 值]
using static Posix.Libc;

return args switch
{
    [] => Parent($"/{Environment.UserName}-07", Random.Shared.Next(1000, 10000)),
    [var name, var text] when name != "child" && int.TryParse(text, out int value) => Parent(name, value),
    ["child", var name] => Child(name),
    _ => errx(2, "用法：07-unlink.cs [名字 值]（名字形如 /abc）"),
};

static unsafe int Parent(string name, int value)
{
    int fd = Must(shm_open(name, O_RDWR | O_CREAT | O_EXCL, S_IRUSR | S_IWUSR), name);
    Must(ftruncate(fd, sizeof(int)));
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    *memory = value;

    Must(spawn_self(out int pid, ["child", name]));
    Must(waitpid(pid, out int status, 0));
    if (status != 0) errx(1, "子进程没有正常结束");

    Console.WriteLine("父进程：子进程已经读完");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}

static unsafe int Child(string name)
{
    int fd = Must(shm_open(name, O_RDONLY, 0), name);
    int* memory = (int*)Must(mmap(null, sizeof(int), PROT_READ, MAP_SHARED, fd, 0));

    Console.WriteLine($"子进程：读到 {*memory}");
    Must(munmap(memory, sizeof(int)));
    Must(close(fd));
    return 0;
}

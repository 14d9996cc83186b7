// 异步的函数问到的，结果在 Task 里面，舞台看不到。
#:project ../../../../examples/Posix

using static Posix.Libc;

string name = args[0];
int fd = Must(shm_open(name, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR), name);
Task<long> size = SizeAsync(fd);
Must(fstat(fd, out stat_t st));
Console.WriteLine($"A：{size.GetAwaiter().GetResult()}，{st.st_size}");

static async Task<long> SizeAsync(int fd)
{
    Must(fstat(fd, out stat_t st));
    await Task.CompletedTask;
    return st.st_size;
}

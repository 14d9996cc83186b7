// 主人：创建了就删，太早。
#:project ../../../../examples/Posix

using static Posix.Libc;

unsafe
{
    string name = args[0];
    sem_t* sem = Must(sem_open(name, O_CREAT | O_EXCL, S_IRUSR | S_IWUSR, 0), name);
    Must(sem_unlink(name), name);
    Console.WriteLine("主人：删了");
}

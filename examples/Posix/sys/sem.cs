using System.Runtime.InteropServices;

namespace Posix;

public static unsafe partial class Libc
{
    /// <summary>对一组信号量中的一个做什么；x64 与 arm64 上 6 字节。</summary>
    public struct sembuf_t
    {
        /// <summary>组里的第几个，从 0 开始。</summary>
        public ushort sem_num;

        /// <summary>正数：加上它；负数：减去它，不够就等待；0：等到值是 0。</summary>
        public short sem_op;

        /// <summary>0，或 <see cref="IPC_NOWAIT"/> 与 <see cref="SEM_UNDO"/> 的组合。</summary>
        public short sem_flg;
    }

    /// <summary>进程结束的时候，不论怎样结束，内核把它做过的操作反过来做一遍。</summary>
    public const short SEM_UNDO = 0x1000;

    /// <summary>按键打开或创建一组信号量。</summary>
    /// <param name="key">键；与共享内存段的键各算各的，可以用同一个数。</param>
    /// <param name="nsems">组里有几个；打开已有的可以给 0。</param>
    /// <param name="semflg"><c>IPC_*</c> 与权限位的组合，或 0。</param>
    /// <returns>这一组的编号；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>新的信号量，Linux 上值是 0；POSIX 没有规定。常见 errno：ENOENT、EEXIST、EACCES、
    /// EINVAL（个数不对）、ENOSPC。来源：semget(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int semget(int key, int nsems, IpcFlags semflg);

    /// <summary>对一组信号量做几个操作：要么全做，要么都不做。</summary>
    /// <param name="semid">编号。</param>
    /// <param name="sops">各个操作。</param>
    /// <param name="nsops">几个。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>SA_RESTART 管不到它，被信号打断由这里重新调用。
    /// 常见 errno：EAGAIN（<see cref="IPC_NOWAIT"/>）、EIDRM（等待的时候被删除了）、EACCES、EINVAL。
    /// 来源：semop(2)、signal(7)。</remarks>
    public static int semop(int semid, sembuf_t* sops, nuint nsops)
    {
        int result;
        do
        {
            result = semop_once(semid, sops, nsops);
        }
        while (interrupted(result));
        return result;
    }

    /// <summary>删除一组信号量；等在上面的进程都得到 EIDRM。</summary>
    /// <param name="semid">编号。</param>
    /// <param name="semnum">删除时不起作用，给 0。</param>
    /// <param name="cmd"><see cref="IPC_RMID"/>。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>C 的原型是可变参数，删除没有第四个参数；理由同 <see cref="open"/>。
    /// 常见 errno：EPERM（别的用户的）、EINVAL（没有这个编号）。来源：semctl(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int semctl(int semid, int semnum, IpcCommand cmd);

    [LibraryImport("libc", EntryPoint = "semop", SetLastError = true)]
    private static partial int semop_once(int semid, sembuf_t* sops, nuint nsops);
}

using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>shmat</c> 的标志：常量 <c>SHM_*</c>。</summary>
[Flags]
public enum AttachFlags;

public static unsafe partial class Libc
{
    /// <summary>只读地附上。</summary>
    public const AttachFlags SHM_RDONLY = (AttachFlags)0x1000;

    /// <summary>属主可读，0400；与 <see cref="IPC_CREAT"/> 合用。</summary>
    public const IpcFlags SHM_R = (IpcFlags)0x100;

    /// <summary>属主可写，0200；与 <see cref="IPC_CREAT"/> 合用。</summary>
    public const IpcFlags SHM_W = (IpcFlags)0x80;

    /// <summary>一个 System V 共享内存段的信息；布局在 x64 与 arm64 的 glibc 上相同，112 字节。</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    public struct shmid_ds_t
    {
        /// <summary>键、属主与权限。</summary>
        public ipc_perm_t shm_perm;

        /// <summary>大小，字节，就是创建时要的。</summary>
        public nuint shm_segsz;

        /// <summary>最近一次附上的时间，秒。</summary>
        public long shm_atime;

        /// <summary>最近一次解除的时间，秒。</summary>
        public long shm_dtime;

        /// <summary>创建或更改的时间，秒。</summary>
        public long shm_ctime;

        /// <summary>创建它的进程。</summary>
        public int shm_cpid;

        /// <summary>最近附上或解除它的进程。</summary>
        public int shm_lpid;

        /// <summary>此刻附着几次。</summary>
        public nuint shm_nattch;
    }

    /// <summary>按键打开或创建一个共享内存段。</summary>
    /// <param name="key">键，各方约定的一个整数；<see cref="IPC_PRIVATE"/> 总是创建新的。</param>
    /// <param name="size">大小，字节；创建时就定了，以后不能改。打开已有的可以给 0。</param>
    /// <param name="shmflg"><c>IPC_*</c> 与权限位的组合，或 0。</param>
    /// <returns>段的编号，全机器（IPC 命名空间）有效；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>
    /// 新的段内容是 0。umask 不起作用。常见 errno：ENOENT、EEXIST、EACCES、
    /// EINVAL（创建时大小是 0，或超过 shmmax；打开的比要的小）、ENOSPC（超过 shmmni 或 shmall）、ENOMEM。
    /// 来源：shmget(2)、sysvipc(7)。
    /// </remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int shmget(int key, nuint size, IpcFlags shmflg);

    /// <summary>把段附到本进程的地址空间，也就是映射它。</summary>
    /// <param name="shmid">段的编号。</param>
    /// <param name="shmaddr">希望的地址；null 由内核选。</param>
    /// <param name="shmflg"><see cref="SHM_RDONLY"/>，或 0（可读可写）。</param>
    /// <returns>起始地址；失败为 (void*)-1，与 <see cref="MAP_FAILED"/> 同值，原因在 <see cref="errno"/>。</returns>
    /// <remarks>fork 的子进程继承，exec 之后没有了。常见 errno：EACCES、EINVAL（没有这个编号）、
    /// EIDRM（已经删除）、ENOMEM。来源：shmop(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial void* shmat(int shmid, void* shmaddr, AttachFlags shmflg);

    /// <summary>解除附着，也就是解除映射。</summary>
    /// <param name="shmaddr"><see cref="shmat"/> 的返回值；不用给长度，总是整个解除。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>常见 errno：EINVAL（那里没有附着的段）。来源：shmop(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int shmdt(void* shmaddr);

    /// <summary>读出段的信息，或删除它。</summary>
    /// <param name="shmid">段的编号。</param>
    /// <param name="cmd"><see cref="IPC_STAT"/> 或 <see cref="IPC_RMID"/>。</param>
    /// <param name="buf"><see cref="IPC_STAT"/> 的结果放在这里；删除给 null。</param>
    /// <returns>0；失败为 -1，原因在 <see cref="errno"/>。</returns>
    /// <remarks>删除之后键马上没有了，内存到最后一个进程解除附着才归还。
    /// 常见 errno：EACCES、EPERM（删除别的用户的）、EINVAL（没有这个编号）、EIDRM。来源：shmctl(2)。</remarks>
    [LibraryImport("libc", SetLastError = true)]
    public static partial int shmctl(int shmid, IpcCommand cmd, shmid_ds_t* buf);
}

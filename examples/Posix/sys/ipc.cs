using System.Runtime.InteropServices;

namespace Posix;

/// <summary><c>shmget</c>、<c>semget</c>、<c>semop</c> 的标志：常量 <c>IPC_*</c> 与权限位。</summary>
[Flags]
public enum IpcFlags;

/// <summary><c>shmctl</c>、<c>semctl</c> 的操作：常量 <c>IPC_*</c>。</summary>
public enum IpcCommand;

public static unsafe partial class Libc
{
    /// <summary>没有键：每次都创建一个新的，别人凭键打不开。</summary>
    public const int IPC_PRIVATE = 0;

    /// <summary>没有这个键就创建。</summary>
    public const IpcFlags IPC_CREAT = (IpcFlags)0x200;

    /// <summary>与 <c>IPC_CREAT</c> 合用：已经有了就失败，EEXIST。</summary>
    public const IpcFlags IPC_EXCL = (IpcFlags)0x400;

    /// <summary>不等待：<c>semop</c> 做不了就失败，EAGAIN。</summary>
    public const IpcFlags IPC_NOWAIT = (IpcFlags)0x800;

    /// <summary>删除。</summary>
    public const IpcCommand IPC_RMID = 0;

    /// <summary>读出对象的信息。</summary>
    public const IpcCommand IPC_STAT = (IpcCommand)2;

    /// <summary>System V 对象的属主与权限；布局在 x64 与 arm64 的 glibc 上相同，48 字节。</summary>
    [StructLayout(LayoutKind.Sequential, Size = 48)]
    public struct ipc_perm_t
    {
        /// <summary>键；已经删除、还有进程用着的是 <see cref="IPC_PRIVATE"/>。</summary>
        public int __key;

        /// <summary>属主的用户编号。</summary>
        public uint uid;

        /// <summary>属主的组编号。</summary>
        public uint gid;

        /// <summary>创建者的用户编号。</summary>
        public uint cuid;

        /// <summary>创建者的组编号。</summary>
        public uint cgid;

        /// <summary>权限位。</summary>
        public uint mode;
    }
}

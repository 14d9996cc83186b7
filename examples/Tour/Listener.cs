using System.Net.Sockets;
using System.Text;
using static Posix.Libc;

namespace Examples.Tour;

/// <summary>一个程序说的一行。</summary>
/// <param name="Pid">写它的进程，由内核说的。</param>
/// <param name="IsError">写在标准错误上。</param>
/// <param name="Text">文字，不含换行。</param>
internal sealed record Line(int Pid, bool IsError, string Text);

/// <summary>听一个程序和它的全部子进程说话：谁写的、按什么次序，都由内核说。</summary>
/// <remarks>
/// 管道做不到：子进程继承父进程的标准输出，读取方分不出是谁写的。
/// 这里的标准输出和标准错误各是一个 Unix 域数据报套接字，都连到同一个接收方。
/// 接收方打开了 SO_PASSCRED，内核就给每个数据报附上写它的进程的编号（SCM_CREDENTIALS）；
/// 数据报从哪个地址来，就是写在哪一个上；它们排在同一条队里，次序就是写的次序。来源：unix(7)。
/// </remarks>
internal sealed unsafe class Listener : IDisposable
{
    private const int SO_PASSCRED = 16, SCM_CREDENTIALS = 2;
    private const Posix.MessageFlags MSG_DONTWAIT = (Posix.MessageFlags)0x40;

    private readonly Socket _receiver = Create(), _output = Create(), _error = Create();
    private readonly Dictionary<(int Pid, bool IsError), MemoryStream> _unfinished = [];
    private readonly byte[] _buffer = new byte[256 * 1024];

    public Listener()
    {
        // 开头是 NUL：抽象的地址，不在文件系统里，不会留下。
        string name = $"\0tour-{Guid.NewGuid():N}-";
        _receiver.Bind(new UnixDomainSocketEndPoint(name + "0"));
        _receiver.SetRawSocketOption(SOL_SOCKET, SO_PASSCRED, BitConverter.GetBytes(1));
        foreach ((Socket socket, string number) in new[] { (_output, "1"), (_error, "2") })
        {
            socket.Bind(new UnixDomainSocketEndPoint(name + number));
            socket.Connect(new UnixDomainSocketEndPoint(name + "0"));
        }
    }

    /// <summary>给程序当标准输出的描述符。</summary>
    public int Output => (int)_output.Handle;

    /// <summary>给程序当标准错误的描述符。</summary>
    public int Error => (int)_error.Handle;

    public void Dispose()
    {
        _receiver.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    /// <summary>让正在 <see cref="Hear"/> 的线程醒来。</summary>
    public void Wake() => _output.Send(ReadOnlySpan<byte>.Empty);

    /// <summary>等到有人说话、被叫醒，或到时。</summary>
    /// <param name="patience">至多等这么久。</param>
    /// <returns>此刻说完了的各行。</returns>
    public List<Line> Hear(TimeSpan patience)
    {
        var lines = new List<Line>();
        if (!_receiver.Poll(patience, SelectMode.SelectRead))
        {
            return lines;
        }

        while (Receive(out int pid, out bool isError, out int length))
        {
            if (!_unfinished.TryGetValue((pid, isError), out MemoryStream? line))
            {
                _unfinished[(pid, isError)] = line = new MemoryStream();
            }

            foreach (byte one in _buffer.AsSpan(0, length))
            {
                if (one == '\n') lines.Add(new(pid, isError, Take(line)));
                else line.WriteByte(one);
            }
        }

        return lines;
    }

    /// <summary>没有以换行结束的那些。</summary>
    public List<Line> Rest() => [.. _unfinished.Where(one => one.Value.Length > 0)
        .Select(one => new Line(one.Key.Pid, one.Key.IsError, Take(one.Value)))];

    private static Socket Create() => new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    private static string Take(MemoryStream line)
    {
        string text = Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
        line.SetLength(0);
        return text;
    }

    private bool Receive(out int pid, out bool isError, out int length)
    {
        byte* address = stackalloc byte[128], control = stackalloc byte[64];
        fixed (byte* buffer = _buffer)
        {
            var vector = new iovec_t { iov_base = buffer, iov_len = (nuint)_buffer.Length };
            var message = new msghdr_t
            {
                msg_name = address,
                msg_namelen = 128,
                msg_iov = &vector,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = 64,
            };
            length = (int)recvmsg((int)_receiver.Handle, &message, MSG_DONTWAIT);
            (pid, isError) = (0, false);
            if (length < 0) return false;

            var header = (cmsghdr_t*)control;
            nuint enough = (nuint)(sizeof(cmsghdr_t) + sizeof(ucred_t));
            bool told = message.msg_controllen >= enough && header->cmsg_type == SCM_CREDENTIALS;
            pid = told ? ((ucred_t*)(header + 1))->pid : 0;
            isError = message.msg_namelen > 0 && address[message.msg_namelen - 1] == '2';
            return true;
        }
    }

#pragma warning disable CS0649 // 由内核填写
    private struct ucred_t
    {
        public int pid;
        public uint uid;
        public uint gid;
    }
#pragma warning restore CS0649
}

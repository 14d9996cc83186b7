#:project ../../../../examples/Posix

using System.Net.Sockets;

using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
socket.Bind(new UnixDomainSocketEndPoint(args[0] + "/s"));
socket.Listen();
Console.WriteLine("B：等着");

// 连得太早：对方还没有 Listen。
#:project ../../../../examples/Posix

using System.Net.Sockets;

using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
try { socket.Connect(new UnixDomainSocketEndPoint(args[0] + "/s")); Console.WriteLine("A：连上了"); }
catch (SocketException e) { Console.WriteLine($"A：{e.SocketErrorCode}"); }

// 已经有一条，就不放了，却也不说：这一条丢了。
#:project ../../../examples/Posix

string path = "/dev/shm" + args[1], own = $"{path}.{Environment.ProcessId}";
if (args[0] == "send")
{
    if (File.Exists(path)) return 0;
    File.WriteAllText(own, args[2]);
    File.Move(own, path, overwrite: true);
    return 0;
}

if (!File.Exists(path))
{
    Console.Error.WriteLine("没有可取的。");
    return 1;
}

Console.WriteLine($"收到：{File.ReadAllText(path)}");
File.Delete(path);
return 0;

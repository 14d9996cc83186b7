#:project ../../examples/Posix

// 练习 20 · 从空文件开始
// 应当怎样：send 把文字留下，自己就结束；receive 取出来，打印「收到：文字」，什么也不留。
//     还没有人取走，又来 send：在标准错误里写一行，退出码 1，先来的不变。没有可取的，receive 也在标准错误里写一行，退出码 1。
//     send 走到一半，receive 来了：要么收到完整的，要么说没有；收不到半截的，也收不到空的。
// 现在怎样：这里什么也没有。
// 看哪一章：tutorial/10-shm-semaphore.md、18-overlap.md、16-dotnet-way.md，想用哪种都行，.NET 的办法也行。
// TODO：从头写。名字形如 /abc，文字至少一个字；两个进程互不认识，先后运行。
// 怎样判定：只看上面这几样，文字有长有短，也有换行。检查器让 send 停在每一步，receive 来了，又来一个 send（或者先 send、后 receive；可以等，不能丢），也让 receive 停在每一步：
//     说成了的，各收到一次；都收完了，什么也不留。
//     dotnet run tutorial/my/20-mailbox.cs send 名字 文字 | receive 名字
using static Posix.Libc;

return errx(1, "还没有写");

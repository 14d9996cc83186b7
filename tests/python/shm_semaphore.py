"""共享内存对象加信号量，用标准库的 mmap 与 ctypes；另一半是 examples/10-ShmSemaphore 的 Sender 和 Receiver。

    python3 tests/python/shm_semaphore.py send 名字 消息
    python3 tests/python/shm_semaphore.py receive 名字
"""
import contextlib, ctypes, mmap, os, signal, sys

# 标准库没有公开的有名信号量，这里直接调用 libc。
libc = ctypes.CDLL(None, use_errno=True)
libc.sem_open.restype = ctypes.c_void_p


def check(ok, call):
    if not ok:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), call)


def open_semaphore(name, flags):
    sem = libc.sem_open(os.fsencode(name + "_sem"), flags, 0o600, 0)
    check(sem, f"sem_open({name}_sem)")
    return ctypes.c_void_p(sem)


def send(name, message):
    text, path = os.fsencode(message) + b"\0", "/dev/shm/" + name.lstrip("/")
    with contextlib.ExitStack() as undo:
        # 先要求创建，才知道名字是不是自己创建的：没有发送成功就撤销，但不删别人的。
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            undo.callback(os.unlink, path)
        except FileExistsError:
            fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            sem = open_semaphore(name, os.O_CREAT | os.O_EXCL)
            undo.callback(libc.sem_unlink, os.fsencode(name + "_sem"))
        except FileExistsError:
            sem = open_semaphore(name, 0)
        while libc.sem_trywait(sem) == 0:
            pass
        size = max(10, len(text))
        os.ftruncate(fd, size)
        os.posix_fallocate(fd, 0, size)
        with mmap.mmap(fd, size) as memory:
            memory[:] = text.ljust(size, b"\0")
            print(f"process:{os.getpid()} send:{message}", flush=True)
        undo.pop_all()
        check(libc.sem_post(sem) == 0, "sem_post")


def receive(name):
    path = "/dev/shm/" + name.lstrip("/")
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    sem = open_semaphore(name, 0)
    print(f"等待信号量 {name}_sem 上的 sem_post；按 Ctrl+C 放弃。", file=sys.stderr, flush=True)
    check(libc.sem_wait(sem) == 0, "sem_wait")

    # 长度 0 是整个对象；等到之后才映射，大小已经定了。
    with mmap.mmap(fd, 0, access=mmap.ACCESS_READ) as memory:
        message = memory[:].split(b"\0")[0].decode(errors="replace")
    os.unlink(path)
    check(libc.sem_unlink(os.fsencode(name + "_sem")) == 0, "sem_unlink")
    print(f"process:{os.getpid()} recv:{message}", flush=True)


signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.stdout.reconfigure(encoding="utf-8")
try:
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
except (OSError, ValueError) as e:
    sys.exit(f"{e}。先运行 send。")
except (IndexError, KeyError, TypeError):
    print("用法：shm_semaphore.py send 名字 消息，或 shm_semaphore.py receive 名字", file=sys.stderr)
    sys.exit(2)

"""共享内存里的一个结构，Python 的一方，只用标准库；另一半是 Interop（C#），或 tests/native 的 reading_*（C）。

    python3 examples/17-Interop/reading.py send [名字] [地点] [温度]      或 receive [名字]
"""
import ctypes, errno, mmap, os, signal, sys, time


class Reading(ctypes.Structure):
    # ctypes 按 C 的规则排字段，与 tests/native/reading.h 相同。
    _fields_ = [
        ("number", ctypes.c_int32),
        ("time", ctypes.c_int64),
        ("celsius", ctypes.c_double),
        ("place", ctypes.c_char * 16),
        ("valid", ctypes.c_uint8),
    ]

    def __str__(self):
        place = self.place.decode(errors="replace")
        return f"number={self.number} time={self.time} celsius={self.celsius} valid={self.valid} place={place}"


# 标准库没有公开的有名信号量，这里直接调用 libc。类型要写明：ctypes 默认当 int，指针会丢掉高 32 位。
libc = ctypes.CDLL(None, use_errno=True)
libc.sem_open.restype = ctypes.c_void_p


def check(ok, call):
    if not ok:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), call)


def open_semaphore(name, flags):
    sem = libc.sem_open(os.fsencode(name + "_sem"), flags, 0o600, 0)
    check(sem, f"sem_open({name}_sem)")
    return ctypes.c_void_p(sem)


def send(name="/reading", place="实验室", celsius="21.5"):
    text, celsius, path = os.fsencode(place), float(celsius), "/dev/shm/" + name.lstrip("/")
    if len(text) >= Reading.place.size:
        raise ValueError("place")
    try:
        # 先要求新建，才知道名字是不是自己造的：失败时谁造的谁删。
        fd, created = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), True
    except FileExistsError:
        fd, created = os.open(path, os.O_RDWR | os.O_NOFOLLOW), False
    try:
        sem = open_semaphore(name, os.O_CREAT)
        while libc.sem_trywait(sem) == 0:
            pass
        os.ftruncate(fd, ctypes.sizeof(Reading))
        os.posix_fallocate(fd, 0, ctypes.sizeof(Reading))
        memory = mmap.mmap(fd, ctypes.sizeof(Reading))
        memory[:] = bytes(len(memory))
        reading = Reading.from_buffer(memory)
        reading.number, reading.time, reading.celsius, reading.place, reading.valid = os.getpid(), time.time_ns(), celsius, text, 1
        print(f"process:{os.getpid()} send:{reading}", flush=True)
        check(libc.sem_post(sem) == 0, "sem_post")
    except OSError:
        if created:
            os.unlink(path)
            libc.sem_unlink(os.fsencode(name + "_sem"))
        raise


def receive(name="/reading"):
    path = "/dev/shm/" + name.lstrip("/")
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    sem = open_semaphore(name, 0)
    if libc.sem_trywait(sem) != 0:
        print(f"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。", file=sys.stderr)
        check(libc.sem_wait(sem) == 0, "sem_wait")
    if os.fstat(fd).st_size < ctypes.sizeof(Reading):
        raise OSError(errno.EINVAL, "对象不够一个结构", path)
    reading = Reading.from_buffer_copy(mmap.mmap(fd, ctypes.sizeof(Reading), access=mmap.ACCESS_READ))
    os.unlink(path)
    check(libc.sem_unlink(os.fsencode(name + "_sem")) == 0, "sem_unlink")
    print(f"process:{os.getpid()} recv:{reading}", flush=True)


signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.stdout.reconfigure(encoding="utf-8")
try:
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
except OSError as e:
    sys.exit(f"{e}。" + ("先在另一个终端运行 send。" if e.errno == errno.ENOENT else "名字形如 /reading；df -h /dev/shm 看空间。"))
except (IndexError, KeyError, TypeError, ValueError):
    print("用法：reading.py send [名字] [地点] [温度]（地点至多 15 字节），或 reading.py receive [名字]", file=sys.stderr)
    sys.exit(2)

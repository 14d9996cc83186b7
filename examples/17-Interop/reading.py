"""共享内存里的一个结构，Python 的一方，只用标准库；另一半是 Interop（C#），或 tests/native 的 reading_*（C）。
用法：python3 examples/17-Interop/reading.py send [名字] [地点] [温度]，或 receive [名字]（地点至多 15 字节）"""
import contextlib, ctypes, mmap, os, signal, sys, time

class Reading(ctypes.Structure):
    # ctypes 按 C 的规则排字段，与 tests/native/reading.h 相同。
    _fields_ = [("number", ctypes.c_int32), ("time", ctypes.c_int64), ("celsius", ctypes.c_double),
                ("place", ctypes.c_char * 16), ("valid", ctypes.c_uint8)]
    def __str__(self):
        place = self.place.decode(errors="replace")
        return f"number={self.number} time={self.time} celsius={self.celsius} valid={self.valid} place={place}"

def check(result, function, arguments):
    if result in (-1, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), function.__name__)
    return ctypes.c_void_p(result) if function is libc.sem_open else result

# 标准库没有公开的有名信号量，这里直接调用 libc。类型要写明：ctypes 默认当 int，指针会丢掉高 32 位。
libc, size = ctypes.CDLL(None, use_errno=True), ctypes.sizeof(Reading)
libc.sem_open.restype = ctypes.c_void_p
for function in libc.shm_open, libc.shm_unlink, libc.sem_open, libc.sem_wait, libc.sem_post, libc.sem_unlink:
    function.errcheck = check

def create(undo, open, unlink, name):
    try: made = open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600, 0)
    except FileExistsError: return open(name, os.O_RDWR, 0)
    undo.callback(unlink, name)
    return made

def send(name="/reading", place="实验室", celsius="21.5"):
    # 地点连同结尾的 NUL 超过 16 字节，ctypes 就不接受。
    reading = Reading(os.getpid(), time.time_ns(), float(celsius), os.fsencode(place) + b"\0", 1)
    with contextlib.ExitStack() as undo:  # 没有发成就撤销，但只删自己创建的。
        fd = create(undo, libc.shm_open, libc.shm_unlink, os.fsencode(name))
        sem = create(undo, libc.sem_open, libc.sem_unlink, os.fsencode(name + "_sem"))
        while libc.sem_trywait(sem) == 0: pass
        os.ftruncate(fd, size)
        os.posix_fallocate(fd, 0, size)
        memory = mmap.mmap(fd, size)
        memory[:] = bytes(reading)
        print(f"process:{os.getpid()} send:{Reading.from_buffer(memory)}", flush=True)
        undo.pop_all()
        libc.sem_post(sem)

def receive(name="/reading"):
    fd, sem = libc.shm_open(os.fsencode(name), os.O_RDONLY, 0), libc.sem_open(os.fsencode(name + "_sem"), 0)
    if libc.sem_trywait(sem) != 0:
        print(f"等待发送方在信号量 {name}_sem 上 sem_post；按 Ctrl+C 放弃。", file=sys.stderr)
        libc.sem_wait(sem)
    if os.fstat(fd).st_size < size: sys.exit("对象不够一个结构，双方的结构要一样。")
    reading = Reading.from_buffer_copy(mmap.mmap(fd, size, access=mmap.ACCESS_READ))
    with contextlib.ExitStack() as names:  # 取走了 post：打印不出来也要删名字，不然下一个接收方会一直等。
        for unlink, it in (libc.sem_unlink, name + "_sem"), (libc.shm_unlink, name):
            names.callback(unlink, os.fsencode(it))
        print(f"process:{os.getpid()} recv:{reading}", flush=True)

signal.signal(signal.SIGINT, signal.SIG_DFL)
sys.stdout.reconfigure(encoding="utf-8")
try:
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
except OSError as e: sys.exit(str(e))
except (IndexError, KeyError, TypeError, ValueError):
    print(__doc__.splitlines()[1], file=sys.stderr)
    sys.exit(2)

-- A program for LuaJIT: the C library as programs use it without any other binding.

local ffi = require("ffi")
local bit = require("bit")
local C = ffi.C

ffi.cdef [[
typedef int32_t lc_pid_t;
typedef long lc_time_t;
struct lc_timespec { lc_time_t tv_sec; long tv_nsec; };
struct tm { int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst; long tm_gmtoff; const char *tm_zone; };
struct tm *gmtime_r(const lc_time_t *time, struct tm *result);
lc_time_t timegm(struct tm *tm);
size_t strftime(char *s, size_t max, const char *format, const struct tm *tm);
int clock_gettime(int clock, struct lc_timespec *tp);

typedef struct {
  void *buffer; size_t allocated, used; unsigned long syntax; char *fastmap, *translate; size_t re_nsub; unsigned bits;
} lc_regex_t;
typedef struct { int rm_so, rm_eo; } lc_regmatch_t;
int regcomp(lc_regex_t *preg, const char *regex, int cflags);
int regexec(const lc_regex_t *preg, const char *string, size_t nmatch, lc_regmatch_t pmatch[], int eflags);
void regfree(lc_regex_t *preg);
size_t regerror(int code, const lc_regex_t *preg, char *buffer, size_t size);

typedef struct __dirstream DIR;
struct dirent { uint64_t d_ino; int64_t d_off; unsigned short d_reclen; unsigned char d_type; char d_name[256]; };
DIR *opendir(const char *name);
struct dirent *readdir(DIR *dir);
int closedir(DIR *dir);

typedef struct lc_file FILE;
FILE *fopen(const char *path, const char *mode);
size_t fread(void *p, size_t size, size_t n, FILE *f);
size_t fwrite(const void *p, size_t size, size_t n, FILE *f);
int fclose(FILE *f);
int fseek(FILE *f, long offset, int whence);
long ftell(FILE *f);
int fprintf(FILE *f, const char *format, ...);
FILE *tmpfile(void);
int fileno(FILE *f);

void qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
void *bsearch(const void *key, const void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
int snprintf(char *s, size_t n, const char *format, ...);
int sscanf(const char *s, const char *format, ...);
char *strerror(int code);
int open(const char *path, int flags, ...);
ssize_t read(int fd, void *buffer, size_t n);
ssize_t write(int fd, const void *buffer, size_t n);
int close(int fd);
int pipe(int fds[2]);
struct pollfd { int fd; short events, revents; };
int poll(struct pollfd *fds, unsigned long n, int timeout);
int socketpair(int domain, int type, int protocol, int sv[2]);
uint32_t htonl(uint32_t);
uint16_t htons(uint16_t);
int inet_pton(int family, const char *text, void *address);
const char *inet_ntop(int family, const void *address, char *text, unsigned size);
lc_pid_t getpid(void);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void free(void *p);
char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrite);
extern char **environ;
void *memchr(const void *s, int c, size_t n);
char *strtok_r(char *s, const char *delimiters, char **state);
typedef struct { int quot, rem; } div_t;
typedef struct { long quot, rem; } ldiv_t;
div_t div(int, int);
ldiv_t ldiv(long, long);
]]

-- Times.
local tm = ffi.new("struct tm")
local when = ffi.new("lc_time_t[1]", 1234567890)
C.gmtime_r(when, tm)
local text = ffi.new("char[64]")
local n = C.strftime(text, ffi.sizeof(text), "%Y-%m-%d %H:%M:%S", tm)
print("time", ffi.string(text, n), tm.tm_yday, C.timegm(tm), C.timegm(tm) == 1234567890LL, ffi.string(tm.tm_zone))
local now = ffi.new("struct lc_timespec")
assert(C.clock_gettime(0, now) == 0)
print("clock", math.abs(tonumber(now.tv_sec) - os.time()) <= 1, now.tv_nsec >= 0 and now.tv_nsec < 1e9)

-- Regular expressions.
local re = ffi.gc(ffi.new("lc_regex_t[1]"), function(r) C.regfree(r) end)
print("regcomp", C.regcomp(re, "([a-z]+)=([0-9]+)", 1), tonumber(re[0].re_nsub))
local matches = ffi.new("lc_regmatch_t[3]")
local subject = "some key=42 here"
if C.regexec(re, subject, 3, matches, 0) == 0 then
  for i = 0, 2 do
    print("match", i, subject:sub(matches[i].rm_so + 1, matches[i].rm_eo))
  end
end
print("no match", C.regexec(re, "nothing", 0, nil, 0) ~= 0)
local bad = ffi.new("lc_regex_t")
local code = C.regcomp(bad, "(", 1)
local size = C.regerror(code, bad, nil, 0)
local message = ffi.new("char[?]", size)
C.regerror(code, bad, message, size)
print("regerror", #ffi.string(message) == tonumber(size) - 1)

-- Folders.
local dir = C.opendir("/proc/self")
assert(dir ~= nil)
local found = {}
while true do
  local entry = C.readdir(dir)
  if entry == nil then
    break
  end
  found[ffi.string(entry.d_name)] = entry.d_type
end
C.closedir(dir)
print("readdir", found.status, found.task, found["."], C.opendir("/nowhere/at/all") == nil, ffi.string(C.strerror(ffi.errno())))

-- Files of C.
local file = C.tmpfile()
local numbers = ffi.new("uint32_t[4]", { 1, 2, 3, 0xdeadbeef })
print("fwrite", C.fwrite(numbers, ffi.sizeof("uint32_t"), 4, file), C.ftell(file), C.fseek(file, 0, 0))
local back = ffi.new("uint32_t[4]")
print("fread", C.fread(back, 4, 4, file), back[3] == 0xdeadbeef, back[0])
print("fprintf", C.fprintf(file, "%d %s %.2f\n", ffi.new("int", 5), "text", 1.5), C.fclose(file))

-- Sorting and searching.
local compare = ffi.cast("int (*)(const void *, const void *)", function(a, b)
  local x, y = ffi.cast("const double *", a)[0], ffi.cast("const double *", b)[0]
  return x < y and -1 or x > y and 1 or 0
end)
local list = ffi.new("double[6]", { 3.5, -1, 2, 100, 0.25, 7 })
C.qsort(list, 6, 8, compare)
local key = ffi.new("double[1]", 7)
local at = ffi.cast("double *", C.bsearch(key, list, 6, 8, compare))
print(("qsort %g %g %g %g %d"):format(list[0], list[1], list[5], at[0], at - list))
key[0] = 8
print("bsearch", C.bsearch(key, list, 6, 8, compare) == nil)
compare:free()

-- Text in and out.
local buffer = ffi.new("char[128]")
local length = C.snprintf(buffer, 128, "%s %d %lld %llx %5.1f %c %%", "str", ffi.new("int", -5), 2LL ^ 40, 0xffULL, 2.25, ffi.new("int", 65))
print("snprintf", ffi.string(buffer, length))
local a, b, s = ffi.new("int[1]"), ffi.new("double[1]"), ffi.new("char[16]")
print("sscanf", C.sscanf("17 2.5 word", "%d %lf %15s", a, b, s), a[0], b[0] == 2.5, ffi.string(s))
local tokens = ffi.new("char[?]", 12, "a,b;;c d")
local state, pointer = ffi.new("char *[1]"), nil
pointer = C.strtok_r(tokens, ",; ", state)
local words = {}
while pointer ~= nil do
  words[#words + 1] = ffi.string(pointer)
  pointer = C.strtok_r(nil, ",; ", state)
end
print("strtok", table.concat(words, "|"))
local haystack = "find the x in it"
local place = C.memchr(haystack, ("x"):byte(), #haystack)
print("memchr", ffi.cast("const char *", place) - ffi.cast("const char *", haystack))

-- Descriptors.
local fds = ffi.new("int[2]")
assert(C.pipe(fds) == 0)
print("write", C.write(fds[1], "through the pipe", 16))
local polled = ffi.new("struct pollfd[1]", { { fd = fds[0], events = 1 } })
print("poll", C.poll(polled, 1, 1000), bit.band(polled[0].revents, 1) ~= 0)
local bytes = ffi.new("uint8_t[32]")
local got = C.read(fds[0], bytes, 32)
print("read", got, ffi.string(bytes, got), C.close(fds[0]), C.close(fds[1]), C.close(-1), ffi.errno() == 9)

-- Addresses.
local address = ffi.new("uint8_t[16]")
print("inet_pton", C.inet_pton(2, "192.168.1.2", address), address[0], address[3], C.inet_pton(2, "nonsense", address))
print("inet_ntop", ffi.string(C.inet_ntop(2, address, text, 64)), bit.tohex(C.htonl(0x01020304)), C.htons(0x1234))

-- Memory of C.
local p = ffi.cast("int *", C.calloc(4, 4))
p[3] = 44
p = ffi.cast("int *", C.realloc(p, 400))
print("realloc", p[3], p[0])
C.free(p)

-- The environment.
assert(C.setenv("LUNAFFI_LIBC", "value=with=signs", 1) == 0)
local i, seen = 0, nil
while C.environ[i] ~= nil do
  seen = seen or ffi.string(C.environ[i]):match("^LUNAFFI_LIBC=(.*)")
  i = i + 1
end
print("environ", seen, ffi.string(C.getenv("LUNAFFI_LIBC")), C.getenv("LUNAFFI_NOT_SET") == nil)

-- Structs by value.
local d, l = C.div(17, 5), C.ldiv(-17, 5)
print("div", d.quot, d.rem, l.quot, l.rem)
print("getpid", C.getpid() == tonumber(io.open("/proc/self/stat"):read("*n")))

/* The hand-written binding of fixture.c over the plain Lua C API: what the benchmark's ratios are ratios to. Every
 * function is what a C programmer writes who knows the API: arguments checked with luaL_check*, objects are userdata
 * checked with luaL_checkudata, indexes checked against the length, callbacks called with lua_call.
 * Where that programmer has another way that is faster (`..._by_identity`, `ident_light`) or safer
 * (`apply_protected`), it stands here too, under a name of its own, and the benchmark reports both. */
#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct { double x, y; } point;

void noop(void);
int add(int, int);
int64_t add64(int64_t, int64_t);
double add_doubles(double, double);
int sum6(int, int, int, int, int, int);
double mix8(int, double, int, double, int, double, int, double);
size_t slen(const char *);
void *ident(void *);
point mkpoint(double, double);
double point_sum(point);
int apply(int (*)(int), int);
void fill_i32(int *, int);
const char *text16(void);
const char *text4k(void);
void *block_source(void);
void *block_target(void);
void sort_ints(int *, size_t, int (*)(const void *, const void *));
void shuffle_ints(int *, size_t);
int is_sorted(const int *, size_t);

#define POINT "reference.point"
#define POINTER "reference.pointer"
#define INTS "reference.ints"
#define DOUBLES "reference.doubles"
#define INT64 "reference.int64"

/* What differs between the versions of Lua. */
#if LUA_VERSION_NUM >= 504
#define new_block(L, size) lua_newuserdatauv(L, size, 0)
#else
#define new_block(L, size) lua_newuserdata(L, size)
#endif
#if LUA_VERSION_NUM >= 502
#define set_kind(L, kind) luaL_setmetatable(L, kind)
#else
#define set_kind(L, kind) (luaL_getmetatable(L, kind), lua_setmetatable(L, -2))
#endif

/* Plain calls ------------------------------------------------------------------------------------------------------ */

static int call_noop(lua_State *L) {
    (void)L;
    noop();
    return 0;
}

static int call_add(lua_State *L) {
    lua_pushinteger(L, add((int)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2)));
    return 1;
}

/* The same as the `__call` of an object. */
static int call_add_object(lua_State *L) {
    lua_pushinteger(L, add((int)luaL_checkinteger(L, 2), (int)luaL_checkinteger(L, 3)));
    return 1;
}

/* A namespace as LuaJIT's interface has them: a userdata whose `__index` is a table, in which a function is a userdata
 * with a `__call`. */
static int namespace_of_objects(lua_State *L) {
    lua_newuserdata(L, 1);
    lua_newtable(L);
    lua_newtable(L);
    lua_newuserdata(L, 1);
    lua_newtable(L);
    lua_pushcfunction(L, call_add_object);
    lua_setfield(L, -2, "__call");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "add");
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    return 1;
}

static int call_add64(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)add64(luaL_checkinteger(L, 1), luaL_checkinteger(L, 2)));
    return 1;
}

static int call_add_doubles(lua_State *L) {
    lua_pushnumber(L, add_doubles(luaL_checknumber(L, 1), luaL_checknumber(L, 2)));
    return 1;
}

static int call_sum6(lua_State *L) {
    int a = (int)luaL_checkinteger(L, 1), b = (int)luaL_checkinteger(L, 2), c = (int)luaL_checkinteger(L, 3);
    int d = (int)luaL_checkinteger(L, 4), e = (int)luaL_checkinteger(L, 5), f = (int)luaL_checkinteger(L, 6);
    lua_pushinteger(L, sum6(a, b, c, d, e, f));
    return 1;
}

static int call_mix8(lua_State *L) {
    int a = (int)luaL_checkinteger(L, 1), c = (int)luaL_checkinteger(L, 3);
    int e = (int)luaL_checkinteger(L, 5), g = (int)luaL_checkinteger(L, 7);
    double b = luaL_checknumber(L, 2), d = luaL_checknumber(L, 4);
    double f = luaL_checknumber(L, 6), h = luaL_checknumber(L, 8);
    lua_pushnumber(L, mix8(a, b, c, d, e, f, g, h));
    return 1;
}

static int call_slen(lua_State *L) {
    lua_pushinteger(L, (lua_Integer)slen(luaL_checkstring(L, 1)));
    return 1;
}

static int call_text16(lua_State *L) {
    lua_pushstring(L, text16());
    return 1;
}

static int call_text4k(lua_State *L) {
    lua_pushstring(L, text4k());
    return 1;
}

/* Pointers, boxed -------------------------------------------------------------------------------------------------- */

static int push_pointer(lua_State *L, void *p) {
    if (!p) {
        lua_pushnil(L);
    } else {
        *(void **)new_block(L, sizeof(void *)) = p;
        set_kind(L, POINTER);
    }
    return 1;
}

static void *check_pointer(lua_State *L, int index) {
    return *(void **)luaL_checkudata(L, index, POINTER);
}

static int call_ident(lua_State *L) {
    return push_pointer(L, ident(check_pointer(L, 1)));
}

/* Without a box, and so without a type. */
static int call_ident_light(lua_State *L) {
    luaL_checktype(L, 1, LUA_TLIGHTUSERDATA);
    lua_pushlightuserdata(L, ident(lua_touserdata(L, 1)));
    return 1;
}

static int light(lua_State *L) {
    lua_pushlightuserdata(L, check_pointer(L, 1));
    return 1;
}

static int pointer_equal(lua_State *L) {
    lua_pushboolean(L, check_pointer(L, 1) == check_pointer(L, 2));
    return 1;
}

static int call_block_source(lua_State *L) {
    return push_pointer(L, block_source());
}

static int call_block_target(lua_State *L) {
    return push_pointer(L, block_target());
}

static size_t check_size(lua_State *L, int index) {
    lua_Integer size = luaL_checkinteger(L, index);
    luaL_argcheck(L, size >= 0, index, "negative");
    return (size_t)size;
}

static int copy(lua_State *L) {
    memcpy(check_pointer(L, 1), check_pointer(L, 2), check_size(L, 3));
    return 0;
}

static int fill(lua_State *L) {
    memset(check_pointer(L, 1), (int)luaL_checkinteger(L, 3), check_size(L, 2));
    return 0;
}

static int byte(lua_State *L) {
    lua_pushinteger(L, ((unsigned char *)check_pointer(L, 1))[check_size(L, 2)]);
    return 1;
}

/* A 64-bit value in a box, for its size. */
static int new_int64(lua_State *L) {
    *(int64_t *)new_block(L, sizeof(int64_t)) = (int64_t)luaL_checkinteger(L, 1);
    set_kind(L, INT64);
    return 1;
}

/* Structs ---------------------------------------------------------------------------------------------------------- */

static int push_point(lua_State *L, point p) {
    *(point *)new_block(L, sizeof p) = p;
    set_kind(L, POINT);
    return 1;
}

static int new_point(lua_State *L) {
    point zero = { 0, 0 };
    return push_point(L, zero);
}

static int call_mkpoint(lua_State *L) {
    return push_point(L, mkpoint(luaL_checknumber(L, 1), luaL_checknumber(L, 2)));
}

static int call_point_sum(lua_State *L) {
    lua_pushnumber(L, point_sum(*(point *)luaL_checkudata(L, 1, POINT)));
    return 1;
}

static double *point_field(lua_State *L, point *p) {
    const char *name = luaL_checkstring(L, 2);
    if (strcmp(name, "x") == 0)
        return &p->x;
    if (strcmp(name, "y") == 0)
        return &p->y;
    luaL_error(L, "a point has no field '%s'", name);
    return NULL;
}

static int point_get(lua_State *L) {
    lua_pushnumber(L, *point_field(L, luaL_checkudata(L, 1, POINT)));
    return 1;
}

static int point_set(lua_State *L) {
    *point_field(L, luaL_checkudata(L, 1, POINT)) = luaL_checknumber(L, 3);
    return 0;
}

/* Arrays ----------------------------------------------------------------------------------------------------------- */

typedef struct { size_t length; int items[]; } ints;
typedef struct { size_t length; double items[]; } doubles;

static int new_ints(lua_State *L) {
    size_t n = check_size(L, 1);
    ints *a = new_block(L, sizeof *a + n * sizeof a->items[0]);
    a->length = n;
    memset(a->items, 0, n * sizeof a->items[0]);
    set_kind(L, INTS);
    return 1;
}

static int *ints_item(lua_State *L, ints *a) {
    lua_Integer i = luaL_checkinteger(L, 2);
    luaL_argcheck(L, i >= 0 && (size_t)i < a->length, 2, "index out of range");
    return &a->items[i];
}

static int ints_get(lua_State *L) {
    lua_pushinteger(L, *ints_item(L, luaL_checkudata(L, 1, INTS)));
    return 1;
}

static int ints_set(lua_State *L) {
    *ints_item(L, luaL_checkudata(L, 1, INTS)) = (int)luaL_checkinteger(L, 3);
    return 0;
}

static int new_doubles(lua_State *L) {
    size_t n = check_size(L, 1);
    doubles *a = new_block(L, sizeof *a + n * sizeof a->items[0]);
    a->length = n;
    memset(a->items, 0, n * sizeof a->items[0]);
    set_kind(L, DOUBLES);
    return 1;
}

static double *doubles_item(lua_State *L, doubles *a) {
    lua_Integer i = luaL_checkinteger(L, 2);
    luaL_argcheck(L, i >= 0 && (size_t)i < a->length, 2, "index out of range");
    return &a->items[i];
}

static int doubles_get(lua_State *L) {
    lua_pushnumber(L, *doubles_item(L, luaL_checkudata(L, 1, DOUBLES)));
    return 1;
}

static int doubles_set(lua_State *L) {
    *doubles_item(L, luaL_checkudata(L, 1, DOUBLES)) = luaL_checknumber(L, 3);
    return 0;
}

static int call_fill_i32(lua_State *L) {
    ints *a = luaL_checkudata(L, 1, INTS);
    lua_Integer n = luaL_checkinteger(L, 2);
    luaL_argcheck(L, n >= 0 && (size_t)n <= a->length, 2, "too many");
    fill_i32(a->items, (int)n);
    return 0;
}

static int call_shuffle(lua_State *L) {
    ints *a = luaL_checkudata(L, 1, INTS);
    shuffle_ints(a->items, a->length);
    return 0;
}

static int call_is_sorted(lua_State *L) {
    ints *a = luaL_checkudata(L, 1, INTS);
    lua_pushboolean(L, is_sorted(a->items, a->length));
    return 1;
}

/* Arrays and structs whose methods know their metatable as an upvalue: a comparison instead of a look-up by name. */

static void *check_identity(lua_State *L) {
    void *p = lua_touserdata(L, 1);
    luaL_argcheck(L, p && lua_getmetatable(L, 1) && lua_rawequal(L, -1, lua_upvalueindex(1)), 1, "wrong kind");
    lua_pop(L, 1);
    return p;
}

static int ints_get_by_identity(lua_State *L) {
    lua_pushinteger(L, *ints_item(L, check_identity(L)));
    return 1;
}

static int ints_set_by_identity(lua_State *L) {
    *ints_item(L, check_identity(L)) = (int)luaL_checkinteger(L, 3);
    return 0;
}

static int point_get_by_identity(lua_State *L) {
    lua_pushnumber(L, *point_field(L, check_identity(L)));
    return 1;
}

static int point_set_by_identity(lua_State *L) {
    *point_field(L, check_identity(L)) = luaL_checknumber(L, 3);
    return 0;
}

/* Gives the userdata at the top a metatable of its own with these two methods. */
static int with_identity(lua_State *L, lua_CFunction get, lua_CFunction set) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, get, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, set, 1);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
    return 1;
}

static int new_ints_by_identity(lua_State *L) {
    new_ints(L);
    return with_identity(L, ints_get_by_identity, ints_set_by_identity);
}

static int new_point_by_identity(lua_State *L) {
    new_point(L);
    return with_identity(L, point_get_by_identity, point_set_by_identity);
}

/* Callbacks -------------------------------------------------------------------------------------------------------- */

/* The C functions that get called have no room for a context of ours. `failed`: the error waits on the stack. */
static struct callback {
    lua_State *L;
    int function;
    int failed;
} current;

/* Makes the function at `index` the current one and returns the one before. */
static struct callback enter(lua_State *L, int index) {
    struct callback before = current;
    luaL_checktype(L, index, LUA_TFUNCTION);
    lua_pushvalue(L, index);
    current.L = L;
    current.function = luaL_ref(L, LUA_REGISTRYINDEX);
    current.failed = 0;
    return before;
}

/* Raises what the function raised. */
static void leave(lua_State *L, struct callback before) {
    int failed = current.failed;
    luaL_unref(L, LUA_REGISTRYINDEX, current.function);
    current = before;
    if (failed)
        lua_error(L);
}

/* An error in the function jumps over the frames of the library. */
static int call_back(int x) {
    lua_State *L = current.L;
    lua_rawgeti(L, LUA_REGISTRYINDEX, current.function);
    lua_pushinteger(L, x);
    lua_call(L, 1, 1);
    x = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return x;
}

static int call_apply(lua_State *L) {
    int n = (int)luaL_checkinteger(L, 2);
    struct callback before = enter(L, 1);
    int result = apply(call_back, n);
    leave(L, before);
    lua_pushinteger(L, result);
    return 1;
}

static int call_back_protected(int x) {
    lua_State *L = current.L;
    if (current.failed)
        return 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, current.function);
    lua_pushinteger(L, x);
    if (lua_pcall(L, 1, 1, 0) != 0) {
        current.failed = 1;
        return 0;
    }
    x = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return x;
}

static int call_apply_protected(lua_State *L) {
    int n = (int)luaL_checkinteger(L, 2);
    struct callback before = enter(L, 1);
    int result = apply(call_back_protected, n);
    leave(L, before);
    lua_pushinteger(L, result);
    return 1;
}

static int compare_back(const void *a, const void *b) {
    lua_State *L = current.L;
    int order;
    lua_rawgeti(L, LUA_REGISTRYINDEX, current.function);
    lua_pushinteger(L, *(const int *)a);
    lua_pushinteger(L, *(const int *)b);
    lua_call(L, 2, 1);
    order = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return order;
}

static int call_sort(lua_State *L) {
    ints *a = luaL_checkudata(L, 1, INTS);
    size_t n = check_size(L, 2);
    struct callback before;
    luaL_argcheck(L, n <= a->length, 2, "too many");
    before = enter(L, 3);
    sort_ints(a->items, n, compare_back);
    leave(L, before);
    return 0;
}

/* The module ------------------------------------------------------------------------------------------------------- */

static const luaL_Reg functions[] = {
    { "noop", call_noop },
    { "add", call_add },
    { "namespace_of_objects", namespace_of_objects },
    { "add64", call_add64 },
    { "add_doubles", call_add_doubles },
    { "sum6", call_sum6 },
    { "mix8", call_mix8 },
    { "slen", call_slen },
    { "text16", call_text16 },
    { "text4k", call_text4k },
    { "ident", call_ident },
    { "ident_light", call_ident_light },
    { "light", light },
    { "block_source", call_block_source },
    { "block_target", call_block_target },
    { "copy", copy },
    { "fill", fill },
    { "byte", byte },
    { "new_int64", new_int64 },
    { "new_point", new_point },
    { "new_point_by_identity", new_point_by_identity },
    { "mkpoint", call_mkpoint },
    { "point_sum", call_point_sum },
    { "new_ints", new_ints },
    { "new_ints_by_identity", new_ints_by_identity },
    { "new_doubles", new_doubles },
    { "fill_i32", call_fill_i32 },
    { "shuffle", call_shuffle },
    { "is_sorted", call_is_sorted },
    { "apply", call_apply },
    { "apply_protected", call_apply_protected },
    { "sort", call_sort },
    { NULL, NULL },
};

/* Makes the metatable of a kind; no function: none. */
static void make_kind(lua_State *L, const char *kind, lua_CFunction get, lua_CFunction set, lua_CFunction equal) {
    luaL_newmetatable(L, kind);
    if (get) {
        lua_pushcfunction(L, get);
        lua_setfield(L, -2, "__index");
        lua_pushcfunction(L, set);
        lua_setfield(L, -2, "__newindex");
    }
    if (equal) {
        lua_pushcfunction(L, equal);
        lua_setfield(L, -2, "__eq");
    }
    lua_pop(L, 1);
}

int luaopen_reference(lua_State *L) {
    make_kind(L, POINT, point_get, point_set, NULL);
    make_kind(L, POINTER, NULL, NULL, pointer_equal);
    make_kind(L, INTS, ints_get, ints_set, NULL);
    make_kind(L, DOUBLES, doubles_get, doubles_set, NULL);
    make_kind(L, INT64, NULL, NULL, NULL);
    lua_newtable(L);
    for (const luaL_Reg *entry = functions; entry->name; entry++) {
        lua_pushcfunction(L, entry->func);
        lua_setfield(L, -2, entry->name);
    }
    return 1;
}

-- A program for LuaJIT: digests, authentication codes, ciphers and large numbers of OpenSSL's libcrypto.

local ffi = require("ffi")

ffi.cdef [[
typedef struct evp_md_st EVP_MD;
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct engine_st ENGINE;
typedef struct bignum_st BIGNUM;
typedef struct bignum_ctx BN_CTX;

EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
const EVP_MD *EVP_get_digestbyname(const char *name);
int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, ENGINE *impl);
int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *d, size_t cnt);
int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *md, unsigned int *s);
unsigned char *HMAC(const EVP_MD *evp_md, const void *key, int key_len, const unsigned char *d, size_t n, unsigned char *md, unsigned int *md_len);
int PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter, const EVP_MD *digest, int keylen, unsigned char *out);

EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *ctx);
const EVP_CIPHER *EVP_aes_256_cbc(void);
const EVP_CIPHER *EVP_aes_128_gcm(void);
int EVP_CipherInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, ENGINE *impl, const unsigned char *key, const unsigned char *iv, int enc);
int EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *outl, const unsigned char *in, int inl);
int EVP_CipherFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *outm, int *outl);

BIGNUM *BN_new(void);
void BN_free(BIGNUM *a);
BN_CTX *BN_CTX_new(void);
void BN_CTX_free(BN_CTX *c);
int BN_dec2bn(BIGNUM **a, const char *str);
char *BN_bn2dec(const BIGNUM *a);
int BN_mod_exp(BIGNUM *r, const BIGNUM *a, const BIGNUM *p, const BIGNUM *m, BN_CTX *ctx);
int BN_mul(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, BN_CTX *ctx);
int BN_num_bits(const BIGNUM *a);
void CRYPTO_free(void *ptr, const char *file, int line);
int RAND_bytes(unsigned char *buf, int num);
unsigned long ERR_get_error(void);
void ERR_error_string_n(unsigned long e, char *buf, size_t len);
]]

local C = ffi.load("libcrypto.so.3")

local function hex(bytes, n)
  return (ffi.string(bytes, n):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function digest(name, ...)
  local md = C.EVP_get_digestbyname(name)
  if md == nil then
    return nil, "no digest " .. name
  end
  local ctx = ffi.gc(C.EVP_MD_CTX_new(), C.EVP_MD_CTX_free)
  assert(C.EVP_DigestInit_ex(ctx, md, nil) == 1)
  for i = 1, select("#", ...) do
    local part = select(i, ...)
    C.EVP_DigestUpdate(ctx, part, #part)
  end
  local out, n = ffi.new("unsigned char[64]"), ffi.new("unsigned int[1]")
  assert(C.EVP_DigestFinal_ex(ctx, out, n) == 1)
  return hex(out, n[0])
end

print(digest("sha256", "abc"))
print(digest("sha256", "a", "b", "c"))
print(digest("sha512", ("a"):rep(1000)))
print(digest("sha1", ""))
print(digest("nonsense", ""))

local out, n = ffi.new("uint8_t[64]"), ffi.new("unsigned[1]")
C.HMAC(C.EVP_get_digestbyname("sha256"), "key", 3, "The quick brown fox jumps over the lazy dog", 43, out, n)
print(hex(out, n[0]), n[0])
print(C.PKCS5_PBKDF2_HMAC("password", -1, "salt", 4, 1000, C.EVP_get_digestbyname("sha256"), 32, out), hex(out, 32))

local function cipher(kind, key, iv, text, encrypt)
  local ctx = ffi.gc(C.EVP_CIPHER_CTX_new(), C.EVP_CIPHER_CTX_free)
  C.EVP_CipherInit_ex(ctx, kind, nil, key, iv, encrypt and 1 or 0)
  local buffer, length = ffi.new("unsigned char[?]", #text + 32), ffi.new("int[1]")
  C.EVP_CipherUpdate(ctx, buffer, length, text, #text)
  local total = length[0]
  if C.EVP_CipherFinal_ex(ctx, buffer + total, length) ~= 1 then
    local message = ffi.new("char[256]")
    C.ERR_error_string_n(C.ERR_get_error(), message, 256)
    return nil, ffi.string(message):match("^error:%x+:([^:]*)") ~= nil
  end
  return ffi.string(buffer, total + length[0])
end
local key, iv = ("k"):rep(32), ("i"):rep(16)
local packed = cipher(C.EVP_aes_256_cbc(), key, iv, "some secret text of no length in particular", true)
print(#packed, hex(packed, 8), cipher(C.EVP_aes_256_cbc(), key, iv, packed, false))
print(cipher(C.EVP_aes_256_cbc(), key, iv, packed:sub(1, -2), false))
print(#cipher(C.EVP_aes_128_gcm(), ("k"):rep(16), ("i"):rep(12), "stream", true))

local number = ffi.metatype("struct { BIGNUM *bn; }", {
  __new = function(ct, text)
    local p = ffi.new("BIGNUM *[1]")
    if text then
      assert(C.BN_dec2bn(p, text) > 0)
    else
      p[0] = C.BN_new()
    end
    return ffi.new(ct, p[0])
  end,
  __gc = function(self) C.BN_free(self.bn) end,
  __tostring = function(self)
    local text = ffi.gc(C.BN_bn2dec(self.bn), function(p) C.CRYPTO_free(p, nil, 0) end)
    return ffi.string(text)
  end,
  __len = function(self) return C.BN_num_bits(self.bn) end,
})
local ctx = ffi.gc(C.BN_CTX_new(), C.BN_CTX_free)
local a, b, m, r = number("123456789012345678901234567890"), number("98765432109876543210"), number("1000000007"), number()
C.BN_mul(r.bn, a.bn, b.bn, ctx)
print(tostring(r), #r)
C.BN_mod_exp(r.bn, a.bn, b.bn, m.bn, ctx)
print(tostring(r), #a, #m)
local random = ffi.new("uint8_t[16]")
print(C.RAND_bytes(random, 16))
for i = 1, 200 do
  number(tostring(i))
end
collectgarbage()

0#pragma pack(push, 1)
struct __attribute__((packed, aligned(4))) q { char c; double d __attribute__((aligned(16))); };
#pragma pack(pop)

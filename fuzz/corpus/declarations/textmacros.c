0#define SUM 1 + 2
#define SUM2 SUM * 2
int sums[SUM], more[SUM + SUM2];
#undef SUM
enum { SUM = 3,
#define SUM SUM
};

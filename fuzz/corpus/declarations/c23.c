0[[gnu::aligned(8), nodiscard]] int c23 [[x(1)]]; constexpr int KX = 1'000; thread_local int tl; _Pragma("pack(2)") struct pr { char c; int i; };

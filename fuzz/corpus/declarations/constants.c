0static const long long K = 1LL << 40; static const char T[] = "a\x41" "b"; static const double F = 0x1.8p3;

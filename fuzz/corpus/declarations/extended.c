0typedef int v4 __attribute__((vector_size(16))); typedef float m __attribute__((mode(DF))); _Complex float cf; __int128 big;

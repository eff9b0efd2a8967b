0struct { int n; point_t tail[?]; }

0const struct point *(*)(int, enum colour)[3]

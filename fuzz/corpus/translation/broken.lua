Plocal x = = 3LL
if then goto nowhere ::a:: ::a:: for for "unfinished

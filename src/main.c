/*
 * main.c - the table of commands
 */
#include <stdio.h>

int main(void)
{
    return puts("usher " USHER_VERSION) < 0;
}

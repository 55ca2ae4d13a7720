/* fundwatch-registry - who is enrolled. */
#include "producers/programs.h"

int main(int argc, char **argv)
{
    return program_main(&registry_program, argc, argv);
}

class Common {}
